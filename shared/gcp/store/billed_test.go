package store_test

import (
	"reflect"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/stats"

	"walletpasses.example/server/shared/gcp/store"
	"walletpasses.example/server/shared/tools/cost/bill"
)

// found is how many documents the query of one call has found so far; it travels in the call's context.
type found struct{ documents int }

type foundKey struct{}

// billed is what Firestore bills for what just went over the wire: a read for each document that is asked for by name, there or
// not; for each document that a query finds, or one when it finds none; for each thousand that are counted, begun; and a write
// or a deletion for each of a commit.
//
// https://cloud.google.com/firestore/native/docs/pricing
func billed(f *found, event stats.RPCStats) bill.Operations {
	switch event := event.(type) {
	case *stats.OutPayload:
		return billedRequest(f, event.Payload)
	case *stats.InPayload:
		return billedAnswer(f, event.Payload)
	}
	return bill.Operations{}
}

func billedRequest(f *found, request any) (o bill.Operations) {
	switch request := request.(type) {
	case *pb.BatchGetDocumentsRequest:
		o.Reads = len(request.GetDocuments())
	case *pb.RunQueryRequest:
		o.Reads = 1 // the first that is found is paid for with it
	case *pb.CommitRequest:
		for _, write := range request.GetWrites() {
			if write.GetDelete() != "" {
				o.Deletes++
			} else {
				o.Writes++
			}
		}
	}
	return o
}

func billedAnswer(f *found, answer any) (o bill.Operations) {
	switch answer := answer.(type) {
	case *pb.RunQueryResponse:
		if answer.GetDocument() != nil {
			if f.documents++; f.documents > 1 {
				o.Reads = 1
			}
		}
	case *pb.RunAggregationQueryResponse:
		for _, value := range answer.GetResult().GetAggregateFields() {
			o.Reads += max(1, int(value.GetIntegerValue()+999)/1000)
		}
	}
	return o
}

// method is the name of a method in the name of a step.
func method(step string) string {
	name, _, _ := strings.Cut(step, ",")
	return name
}

// billOf is what the table says of a step.
func billOf(step string) bill.Call {
	if step == "SaveDevice, deleting" {
		return bill.Calls[bill.Forgotten]
	}
	return bill.Calls[method(step)]
}

// storeMethods are those of the store that make calls.
func storeMethods() map[string]bool {
	all := make(map[string]bool)
	for n := range reflect.TypeFor[*store.Store]().NumMethod() {
		all[reflect.TypeFor[*store.Store]().Method(n).Name] = true
	}
	delete(all, "Close")
	return all
}
