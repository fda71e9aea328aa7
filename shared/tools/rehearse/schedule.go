package main

import (
	"context"
	"net/http"
	"time"
)

// scheduleInterval is minutes in the cloud.
const scheduleInterval = 2 * time.Second

// schedule calls a function again and again until the stage is cleared, as Cloud Scheduler does. One call that fails is made
// up for by the next.
func (s *stage) schedule(url string) {
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		again := time.NewTicker(scheduleInterval)
		defer again.Stop()
		for ctx.Err() == nil {
			call(ctx, s.http, http.MethodPost, url+"/", "", nil)
			select {
			case <-again.C:
			case <-ctx.Done():
			}
		}
	}()
	s.onClear(func() { cancel(); <-stopped })
}
