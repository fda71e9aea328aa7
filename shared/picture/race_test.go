//go:build race

package picture_test

// slowness is how many times as long the race detector lets everything take.
const slowness = 20
