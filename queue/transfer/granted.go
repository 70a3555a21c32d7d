package transfer

// Granted is an answer of whoever says where a file goes. Each of its fields may be empty.
type Granted struct{ VideoID, Bucket, Key string }
