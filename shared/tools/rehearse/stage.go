package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"walletpasses.example/server/shared/apns/apnstest"
	"walletpasses.example/server/shared/cloudtest/emulator"
	"walletpasses.example/server/shared/tools/deployment"
	"walletpasses.example/server/shared/tools/rehearse/balancer"
	"walletpasses.example/server/shared/tools/rehearse/cloudrun"
	"walletpasses.example/server/shared/tools/rehearse/eventarc"
	"walletpasses.example/server/shared/tools/source"
)

// A stage is the deployment, running.
type stage struct {
	say *transcript

	root       string // of the module
	dir        string // for what is made here
	deployment deployment.Deployment
	secrets    secrets

	apns                       *apnstest.Server
	bridge                     *eventarc.Bridge
	firestore, pubsub, storage *emulator.Server
	clients                    clients
	services                   map[string]*cloudrun.Service // by function
	front                      *httptest.Server
	phones                     *fleet
	http                       *http.Client // of business apps, Pub/Sub and the scheduler

	clearing []func()
}

// setStage starts everything. The stage has to be cleared.
func setStage(ctx context.Context, say *transcript) (_ *stage, err error) {
	s := &stage{
		say:      say,
		services: make(map[string]*cloudrun.Service),
		http:     &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: patience},
	}
	s.onClear(s.http.CloseIdleConnections)
	defer func() {
		if err != nil {
			s.clear()
		}
	}()
	for _, step := range []func(context.Context) error{
		s.read, s.makeSecrets, s.startAPNs, s.startEmulators, s.openClients, s.createResources, s.startFunctions, s.connectAll, s.startFront,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *stage) onClear(f func()) { s.clearing = append(s.clearing, f) }

// clear ends everything, the last started first.
func (s *stage) clear() {
	for _, f := range slices.Backward(s.clearing) {
		f()
	}
	s.clearing = nil
}

func (s *stage) read(context.Context) (err error) {
	if s.root, err = source.Root("."); err != nil {
		return err
	}
	s.deployment, err = deployment.Read(os.DirFS(filepath.Join(s.root, "terraform")))
	return err
}

func (s *stage) makeSecrets(context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "rehearse-"); err != nil {
		return err
	}
	s.onClear(func() { _ = os.RemoveAll(s.dir) })
	s.secrets, err = makeSecrets(filepath.Join(s.dir, "secrets"), time.Now())
	return err
}

// startAPNs starts the stand-in for APNs, and has its pushes wake the phones.
func (s *stage) startAPNs(context.Context) (err error) {
	s.phones = newFleet(s)
	s.apns, err = apnstest.Start(apnstest.Options{
		ProviderKeys: s.secrets.provider, Topics: []string{passType}, OnPush: s.phones.wake,
	})
	if err != nil {
		return err
	}
	s.onClear(s.apns.Close)
	s.onClear(s.phones.switchOff)
	return nil
}

func (s *stage) startEmulators(ctx context.Context) (err error) {
	if s.bridge, err = eventarc.Listen(eventarc.Backoff{Min: minimumBackoff, Max: maximumBackoff}); err != nil {
		return err
	}
	s.onClear(s.bridge.Close)
	var group errgroup.Group
	start := func(what string, into **emulator.Server, start func() (*emulator.Server, error)) {
		group.Go(func() (err error) {
			if *into, err = start(); err == nil {
				s.say.step("started", "%s at %s", what, (*into).Address)
			}
			return err
		})
	}
	start("Firestore", &s.firestore, func() (*emulator.Server, error) { return emulator.StartFirestore(ctx, s.bridge.Address()) })
	start("Pub/Sub", &s.pubsub, func() (*emulator.Server, error) { return emulator.StartPubSub(ctx) })
	start("Cloud Storage", &s.storage, func() (*emulator.Server, error) { return emulator.StartStorage(ctx) })
	err = group.Wait()
	for _, running := range []*emulator.Server{s.firestore, s.pubsub, s.storage} {
		if running != nil {
			s.onClear(running.Close)
		}
	}
	return err
}

// startFunctions builds every function and starts it as it is deployed.
func (s *stage) startFunctions(ctx context.Context) error {
	executables, err := build(ctx, s.root, s.dir, s.say)
	if err != nil {
		return err
	}
	folders, deployed := slices.Sorted(maps.Keys(executables)), slices.Sorted(maps.Keys(s.deployment.Functions))
	if !slices.Equal(folders, deployed) {
		return fmt.Errorf("the folders of functions/ are %v, and terraform/functions.tf deploys %v", folders, deployed)
	}
	var functions []cloudrun.Function
	for name, f := range s.deployment.Functions {
		settings, err := s.settings(name, f)
		if err != nil {
			return err
		}
		functions = append(functions, cloudrun.Function{
			Name: name, EntryPoint: f.EntryPoint, Executable: executables[name], Settings: settings,
		})
	}
	var mu sync.Mutex
	var group errgroup.Group
	for _, function := range functions {
		group.Go(func() error {
			service, err := cloudrun.Start(ctx, function)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			s.services[function.Name] = service
			s.onClear(service.Close)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	s.say.step("started", "%d functions, each in a process of its own: %s", len(s.services), strings.Join(s.names(), ", "))
	return nil
}

// names returns the functions that run, sorted.
func (s *stage) names() []string { return slices.Sorted(maps.Keys(s.services)) }

// connectAll wires what the platform calls.
func (s *stage) connectAll(ctx context.Context) error {
	for _, name := range s.names() {
		if err := s.connect(ctx, name, s.deployment.Functions[name]); err != nil {
			return err
		}
	}
	return nil
}

// startFront puts the balancer before the functions that devices and browsers call.
func (s *stage) startFront(context.Context) error {
	backends := make(map[string]http.Handler)
	for name, service := range s.services {
		backends[name] = service
	}
	routes, err := balancer.New(s.deployment.Routes, backends, backends["web"])
	if err != nil {
		return err
	}
	s.front = httptest.NewServer(routes)
	s.onClear(s.front.Close)
	return nil
}

// showAddresses prints what can be tried by hand.
func (s *stage) showAddresses() {
	s.say.step("running", "https://%s is %s", domain, s.front.URL)
	for _, name := range s.names() {
		s.say.step("", "%-11s %s, called by %s", name, s.services[name].URL(), s.deployment.Functions[name].CalledBy)
	}
	s.say.step("", "Firestore %s, Pub/Sub %s, Cloud Storage %s, project %s, pass type %s", s.firestore.Address, s.pubsub.Address, s.storage.Address, project, passType)
}

// showOutputs prints the end of what each function wrote.
func (s *stage) showOutputs(out io.Writer) {
	for _, name := range s.names() {
		fmt.Fprintf(out, "\n-- %s\n%s", name, strings.TrimLeft(s.services[name].Output(), "\n"))
	}
}
