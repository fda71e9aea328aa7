package push

// A crew does many things at the same time, and no more than so many. It is shared fairly by all who have something to be done.
type crew struct {
	turns   chan struct{} // one per worker
	waiting chan func()   // what there was no turn for
}

func newCrew(most int) crew { return crew{make(chan struct{}, most), make(chan func())} }

// do has a worker do something, as soon as there is one.
func (c crew) do(task func()) {
	select {
	case c.turns <- struct{}{}:
		go c.work(task)
	case c.waiting <- task:
	}
}

// work does a task, and whatever waits by then: a goroutine that has grown its stack is worth keeping, but none is kept idle.
func (c crew) work(task func()) {
	for {
		task()
		select {
		case task = <-c.waiting:
		default:
			<-c.turns
			return
		}
	}
}
