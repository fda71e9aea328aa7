// Package simtest is a deterministic simulator of the real handlers. It has no code of its own to deploy: everything is in
// its tests.
//
// The handlers run as they are deployed, over the store and the bucket in memory. Every call that one of them makes of the
// world outside (a read, a guarded write, an object, a message, a push, a template) stops at a gate. One scheduler, seeded,
// decides which call goes on next and what becomes of it: it succeeds; it fails before or after it took effect; the worker
// crashes there; its deadline passes; or it simply stays where it is while others overtake. The scheduler also delivers the
// messages, late, twice, in any order or not at all, moves the clock, and plays the businesses and the phones. So one number
// decides everything, and the number of a run that broke a promise breaks it again.
//
// # What is checked
//
// After every step: no phone goes back, none gets half a package or one that belongs to another Last-Modified, versions, tags
// and Last-Modified rise, a package says what the document of its revision says, no push goes to a token whose registration
// has ended, nobody is pushed to who is owed nothing, the store refuses no record. At the end of each schedule the faults stop
// and the phones wake; then every phone shows the newest content of each pass it has registered, every package is up to its
// document, nothing is owed, and announcing everything once more costs nothing. Half of the schedules have the sweep to
// help, and lose messages and pushes; the other half lose none, and retries alone have to do.
//
// Beside the schedules, an update and a registration are played with a crash before and after every call, and with a second one
// before and after every call of what follows; and every fault meets every call of every handler, by a list that is read from
// the code. And because a simulator that finds nothing may be blind, some thirty bugs, each a rule taken out of the code, are
// planted one at a time: each has to be found.
//
// # Running it
//
//	go test ./shared/simtest                                                     # a few seconds of it
//	go test ./shared/simtest -run TestSimulation -schedules 1000000 -timeout 1h  # seeds 1 to 1,000,000
//	go test ./shared/simtest -run TestSimulation -seed 4711 -schedules 1 -v      # one schedule, step by step
//	go test ./shared/simtest -run TestPlantedBugs -bugs -timeout 1h              # can it fail? (needs the go command)
//
// A broken promise prints the seed, the steps that led there and the command that replays it.
package simtest
