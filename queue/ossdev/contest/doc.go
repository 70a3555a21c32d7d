// Package contest compares ways to do the same thing, for benchmarks on machines where other programs run, too: they
// take turns, so that whatever disturbs one disturbs the others, and medians are reported.
//
//	round 1    ours  bare  sdk
//	round 2    bare  sdk   ours         ratio of each round  ──median──>  ours/bare
//	round 3    sdk   ours  bare         speed of each way    ──median──>  ours-MiB/s
package contest
