// SPDX-License-Identifier: GPL-2.0-only

// stern: what Go's runtime asks of a kernel, which is little but exact:
// signals that interrupt goroutines, futexes, timers, epoll, many threads.
package main

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func must(err error) {
	if err != nil {
		fmt.Println("failed:", err)
		os.Exit(1)
	}
}

func channels() {
	numbers, squares := make(chan int), make(chan int, 16)
	var group sync.WaitGroup
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range numbers {
				squares <- n * n
			}
		}()
	}
	go func() {
		for n := 0; n < 10000; n++ {
			numbers <- n
		}
		close(numbers)
		group.Wait()
		close(squares)
	}()
	sum := 0
	for n := range squares {
		sum += n
	}
	fmt.Println("channels:", sum)
}

// A loop without calls stops only for a signal.
func preemption() {
	var stop int32
	var spun uint64
	for i := 0; i < 2*runtime.GOMAXPROCS(0); i++ {
		go func() {
			for atomic.LoadInt32(&stop) == 0 {
				for j := 0; j < 1000; j++ {
					spun++
				}
			}
		}()
	}
	time.Sleep(50 * time.Millisecond)
	runtime.GC()
	atomic.StoreInt32(&stop, 1)
	fmt.Println("preempted")
}

func garbage() {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < 200; i++ {
		kept := make([][]byte, 0, 100)
		for j := 0; j < 100; j++ {
			kept = append(kept, make([]byte, 1000+j))
		}
		if len(kept) != 100 {
			panic("lost")
		}
	}
	runtime.GC()
	debug.FreeOSMemory()
	runtime.ReadMemStats(&after)
	fmt.Println("collected:", after.NumGC > before.NumGC,
		after.Mallocs-before.Mallocs >= 20000)
}

func signals() {
	got := make(chan os.Signal, 10)
	signal.Notify(got, syscall.SIGUSR1, syscall.SIGTERM)
	must(syscall.Kill(os.Getpid(), syscall.SIGUSR1))
	fmt.Println("signal:", <-got)
	must(syscall.Kill(os.Getpid(), syscall.SIGTERM))
	fmt.Println("signal:", <-got)
	signal.Stop(got)
	func() {
		defer func() { fmt.Println("recovered:", recover()) }()
		var nothing *int
		*nothing = 1
	}()
	debug.SetPanicOnFault(true)
	func() {
		defer func() { fmt.Println("fault:", recover() != nil) }()
		page, err := syscall.Mmap(-1, 0, 4096, syscall.PROT_READ,
			syscall.MAP_PRIVATE|syscall.MAP_ANON)
		must(err)
		page[0] = 1
	}()
}

func threads() {
	var group sync.WaitGroup
	var ids sync.Map
	ready := make(chan bool)
	for i := 0; i < 40; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			runtime.LockOSThread()
			ids.Store(syscall.Gettid(), true)
			<-ready
		}()
	}
	count := func() (n int) {
		ids.Range(func(_, _ any) bool { n++; return true })
		return
	}
	for count() < 40 {
		time.Sleep(time.Millisecond)
	}
	close(ready)
	group.Wait()
	fmt.Println("threads:", count())
}

func timers() {
	start := time.Now()
	ticker := time.NewTicker(5 * time.Millisecond)
	for i := 0; i < 10; i++ {
		<-ticker.C
	}
	ticker.Stop()
	select {
	case <-time.After(20 * time.Millisecond):
		fmt.Println("timers:", time.Since(start) >= 60*time.Millisecond)
	case <-make(chan int):
	}
}

func sockets() {
	path := filepath.Join(os.TempDir(), "stern.socket")
	os.Remove(path)
	listener, err := net.Listen("unix", path)
	must(err)
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				io.Copy(connection, connection)
				connection.Close()
			}()
		}
	}()
	var group sync.WaitGroup
	var total int64
	for i := 0; i < 20; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			connection, err := net.Dial("unix", path)
			must(err)
			defer connection.Close()
			reader := bufio.NewReader(connection)
			for j := 0; j < 50; j++ {
				fmt.Fprintf(connection, "message %d\n", j)
				line, err := reader.ReadString('\n')
				must(err)
				atomic.AddInt64(&total, int64(len(line)))
			}
		}()
	}
	group.Wait()
	listener.Close()
	connection, err := net.Dial("unix", path)
	fmt.Println("sockets:", total, connection == nil, err != nil)
	r, w, err := os.Pipe()
	must(err)
	must(r.SetReadDeadline(time.Now().Add(20 * time.Millisecond)))
	_, err = r.Read(make([]byte, 1))
	fmt.Println("deadline:", errors.Is(err, os.ErrDeadlineExceeded))
	w.Close()
}

func processes() {
	self, err := os.Executable()
	must(err)
	var group sync.WaitGroup
	outputs := make([]string, 8)
	for i := range outputs {
		i := i
		group.Add(1)
		go func() {
			defer group.Done()
			command := exec.Command(self, "child", fmt.Sprint(i))
			output, err := command.Output()
			var exit *exec.ExitError
			if !errors.As(err, &exit) {
				must(err)
			}
			outputs[i] = fmt.Sprintf("%s%d", output, exit.ExitCode())
		}()
	}
	group.Wait()
	fmt.Println("processes:", outputs)
	_, err = exec.LookPath("no-such-program")
	fmt.Println(err)
}

func files() {
	folder, err := os.MkdirTemp("", "stern")
	must(err)
	defer os.RemoveAll(folder)
	for i := 0; i < 20; i++ {
		must(os.WriteFile(filepath.Join(folder, fmt.Sprint("f", i)),
			make([]byte, i*1000), 0600))
	}
	var names []string
	must(filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		names = append(names, fmt.Sprint(info.Name() == filepath.Base(folder),
			info.Size()*int64(info.Mode()>>8&1)))
		return err
	}))
	sort.Strings(names)
	sum := sha256.Sum256([]byte(fmt.Sprint(names[:20])))
	fmt.Printf("files: %d %x\n", len(names), sum[:4])
}

func main() {
	if len(os.Args) == 3 {
		fmt.Println("child", os.Args[2])
		os.Exit(len(os.Args[2]))
	}
	for _, part := range []func(){channels, preemption, garbage, signals,
		threads, timers, sockets, processes, files} {
		part()
	}
	fmt.Println("goroutines:", runtime.NumGoroutine() < 20)
}
