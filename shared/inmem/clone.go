package inmem

import (
	"slices"
	"time"

	"walletpasses.example/server/shared/wallet"
)

// cloneFields copies a document's fields all the way down. Absence stays absence.
func cloneFields(fields map[string]any) map[string]any {
	if fields == nil {
		return nil
	}
	return cloneValue(fields).(map[string]any)
}

func cloneValue(value any) any {
	switch v := value.(type) {
	case map[string]any:
		object := make(map[string]any, len(v))
		for key, element := range v {
			object[key] = cloneValue(element)
		}
		return object
	case []any:
		array := make([]any, len(v))
		for i, element := range v {
			array[i] = cloneValue(element)
		}
		return array
	default:
		return value
	}
}

// clonePackage copies a record as Firestore would give it back.
func clonePackage(p wallet.CurrentPackage) wallet.CurrentPackage {
	p.LastModified = timestamp(p.LastModified)
	p.Personalized = timestamp(p.Personalized)
	p.RequiredPersonalizationFields = slices.Clone(p.RequiredPersonalizationFields)
	if p.Problem != nil {
		problem := *p.Problem
		problem.Time = timestamp(problem.Time)
		problem.Findings = slices.Clone(problem.Findings)
		p.Problem = &problem
	}
	p.Timeline = slices.Clone(p.Timeline)
	for i := range p.Timeline {
		p.Timeline[i].Time = timestamp(p.Timeline[i].Time)
	}
	return p
}

// cloneDevice copies a record as Firestore would give it back.
func cloneDevice(d wallet.Device) wallet.Device {
	d = d.Clone()
	d.TokenConfirmed = timestamp(d.TokenConfirmed)
	d.PushDue = timestamp(d.PushDue)
	d.Contact.Pushed = timestamp(d.Contact.Pushed)
	d.Contact.Listed = timestamp(d.Contact.Listed)
	d.Contact.Presented = timestamp(d.Contact.Presented)
	return d
}

// timestamp is what Firestore keeps of a time: microseconds, no zone, no monotonic clock.
func timestamp(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
