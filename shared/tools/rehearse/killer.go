package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// bystanders are the functions that neither a registration nor an update passes through.
var bystanders = []string{"devicelog", "personalize", "web"}

// kill restarts a random function again and again, spread evenly over the registrations and updates.
func (o *ordeal) kill(ctx context.Context, random *rand.Rand) error {
	defer o.killed.Store(true)
	victims := slices.DeleteFunc(o.names(), func(name string) bool { return slices.Contains(bystanders, name) })
	for i := range o.kills {
		if err := o.reach(ctx, (o.registrations.want+o.updates.want)*(i+1)/(o.kills+1)); err != nil {
			return err
		}
		victim := victims[random.IntN(len(victims))]
		if err := o.services[victim].Restart(ctx); err != nil {
			return err
		}
		if killed := i + 1; killed%max(10, o.kills/20) == 0 {
			o.say.step("killed", "%d functions so far, the last was %s; %d updates and %d registrations acknowledged",
				killed, victim, o.updates.done.Load(), o.registrations.done.Load())
		}
	}
	return nil
}

// reach waits until n registrations and updates are acknowledged.
func (o *ordeal) reach(ctx context.Context, n int) error {
	return until(ctx, func() string {
		if reached := o.registrations.counted() + o.updates.counted(); reached < n {
			return fmt.Sprintf("only %d registrations and updates are acknowledged", reached)
		}
		return ""
	})
}
