// Package bill says what Google Cloud bills for what happens to a pass: each call of a store, a bucket, a bus and a set of
// templates, and each event in the life of a pass, function by function.
//
// Both tables are held to the code. The calls, in shared/gcp/store, by what goes over the wire to Firestore's emulator, and in
// shared/gcp/templates, to that of Cloud Storage; the events, in functions/local, by what the deployed handlers call of the first
// three. So a count that rises or falls fails a test.
package bill

// Operations are what is billed, and what is counted beside it.
type Operations struct {
	Reads, Writes, Deletes int // Firestore: documents
	ObjectWrites           int // Cloud Storage, class A: an object created, a page of names listed
	ObjectReads            int // Cloud Storage, class B: an object read
	Messages               int // Pub/Sub: published once and delivered once
	Triggers               int // writes of pass documents, of which Eventarc tells a function
	Signatures             int
	Pushes                 int // to APNs, which costs nothing
	Invocations            int // of functions
	Calls                  int // remote calls that functions wait for
}

// Plus returns the sum of both.
func (o Operations) Plus(p Operations) Operations {
	return Operations{
		Reads: o.Reads + p.Reads, Writes: o.Writes + p.Writes, Deletes: o.Deletes + p.Deletes,
		ObjectWrites: o.ObjectWrites + p.ObjectWrites, ObjectReads: o.ObjectReads + p.ObjectReads,
		Messages: o.Messages + p.Messages, Triggers: o.Triggers + p.Triggers, Signatures: o.Signatures + p.Signatures,
		Pushes: o.Pushes + p.Pushes, Invocations: o.Invocations + p.Invocations, Calls: o.Calls + p.Calls,
	}
}

// Sum returns what events cost together.
func Sum(events ...Event) Operations {
	var sum Operations
	for _, e := range events {
		sum = sum.Plus(e.Operations())
	}
	return sum
}
