package story

import "flag"

// long is how long each of the stories goes on that can be told at any length, such as those of kills; 0 is the short
// form, which has what CI has time for.
var long = flag.Duration("long", 0, "how long each of the long stories goes on; 0: the short form")
