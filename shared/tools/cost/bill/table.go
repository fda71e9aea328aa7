package bill

// Events is the table of what is billed for each event.
var Events = []Row{
	{Written, "", Operations{Writes: 1, Triggers: 1}},
	{Ingested, "ingest", Operations{Reads: 2, Writes: 1, Messages: 1, Triggers: 1, Invocations: 1, Calls: 3}},
	{Patched, "issue", Operations{Reads: 2, Writes: 1, Triggers: 1, Invocations: 1, Calls: 3}},
	{Changed, "changed", Operations{Messages: 1, Invocations: 1, Calls: 1}},
	{Packaged, "regenerate", Operations{Reads: 2, Writes: 1, ObjectWrites: 1, Messages: 1, Signatures: 1, Invocations: 1, Calls: 5}},
	{Pushed, "push", Operations{Reads: 2, Writes: 2, Pushes: 1, Invocations: 1, Calls: 5}},
	{Another, "push", Operations{Reads: 1, Writes: 2, Pushes: 1, Calls: 3}},
	{Listed, "updatable", Operations{Reads: 1, Writes: 1, Invocations: 1, Calls: 2}},
	{Fetched, "latest", Operations{Reads: 1, ObjectReads: 1, Invocations: 1, Calls: 2}},
	{Next, "updatable", Operations{Reads: 1, Writes: 1, Invocations: 1, Calls: 2}},
	{Followed, "updatable", Operations{Reads: 1, Writes: 1, Invocations: 1, Calls: 2}},

	{ListedNothing, "updatable", Operations{Reads: 1, Invocations: 1, Calls: 1}},
	{ListedUnknown, "updatable", Operations{Reads: 1, Invocations: 1, Calls: 1}},
	{FetchedSame, "latest", Operations{Reads: 1, Invocations: 1, Calls: 1}},
	{Refused, "latest", Operations{Invocations: 1}},

	{WrittenSame, "", Operations{Writes: 1}},
	{PatchedSame, "issue", Operations{Reads: 2, Invocations: 1, Calls: 2}},
	{PackagedSame, "regenerate", Operations{Reads: 2, Writes: 1, Messages: 1, Invocations: 1, Calls: 4}},
	{PushedSame, "push", Operations{Reads: 2, Invocations: 1, Calls: 2}},

	{Installed, "install", Operations{Reads: 1, ObjectReads: 1, Invocations: 1, Calls: 2}},
	{InstallPage, "install", Operations{Reads: 1, ObjectReads: 1, Invocations: 1, Calls: 2}},
	{Registered, "register", Operations{Reads: 2, Writes: 1, Messages: 1, Invocations: 1, Calls: 4}},
	{Welcomed, "push", Operations{Reads: 2, Writes: 1, Pushes: 1, Invocations: 1, Calls: 4}},
	{RegisteredAgain, "register", Operations{Reads: 1, Writes: 1, Invocations: 1, Calls: 2}},
	{Unregistered, "unregister", Operations{Reads: 1, Deletes: 1, Invocations: 1, Calls: 2}},

	{Swept, "sweep", Operations{Reads: 3, Invocations: 1, Calls: 3}},
	{Campaigned, "campaign", Operations{Reads: 1, Invocations: 1, Calls: 1}},
	{Walked, "sweep", Operations{Reads: 204, Writes: 4, ObjectWrites: 3, Invocations: 1, Calls: 13}},
	{AnnouncedAgain, "sweep", Operations{Messages: 1, Calls: 1}},
	{Removed, "sweep", Operations{Reads: 1, Calls: 2}},
}

// Milliseconds is how long one core is at work for one event of a function: as BenchmarkEvents of functions/local found it on two shared cores
// of an AMD EPYC with Go 1.26, where no call takes any time.
var Milliseconds = map[string]float64{
	"issue": 0.35, "ingest": 0.45, "changed": 0.02, "regenerate": 2.5, "push": 1.0, "updatable": 0.06, "latest": 0.13,
	"register": 0.06, "unregister": 0.06, "install": 0.08, "sweep": 0.04, "campaign": 0.04,
}
