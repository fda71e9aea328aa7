// Package patience says how long hostile input may keep a test busy: what is bounded on a bare machine is bounded under the
// race detector too, but later.
package patience

import "time"

// Second is one second, or as much as the race detector makes of it.
const Second = slowdown * time.Second
