// main.go - Go, with one processor: GOMAXPROCS=1.
//
// The arguments and what is printed are those of ../../program.c, and in
// addition
//
//	peer w13 PORT CERTIFICATE    an echo server that speaks TLS
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

func tell(metric string, value float64) {
	digits := 0
	if value < 100 {
		digits = 2
	} else if value < 1000 {
		digits = 1
	}
	fmt.Printf("%s\t%.*f\n", metric, digits, value)
}

func memoryKb(line string) float64 {
	file, _ := os.Open("/proc/self/status")
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		if words := strings.Fields(scanner.Text()); words[0] == line+":" {
			kb, _ := strconv.ParseFloat(words[1], 64)
			return kb
		}
	}
	return 0
}

func busyNs() float64 {
	var used syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return float64(used.Utime.Nano() + used.Stime.Nano())
}

func since(begin time.Time) float64 { return float64(time.Since(begin)) }

// ---- Tasks ----

func runYield(metric string, tasks, count int) {
	var group sync.WaitGroup
	group.Add(tasks)
	begin := time.Now()
	for i := 0; i < tasks; i++ {
		go func() {
			for k := 0; k < count; k++ {
				runtime.Gosched()
			}
			group.Done()
		}()
	}
	group.Wait()
	tell(metric, since(begin)/float64(tasks*count))
}

func runBatches(metric string, child func(), tasks, count int) {
	var group sync.WaitGroup
	begin := time.Now()
	for i := 0; i < count; i++ {
		group.Add(tasks)
		for k := 0; k < tasks; k++ {
			go func() { child(); group.Done() }()
		}
		group.Wait()
	}
	tell(metric, since(begin)/float64(tasks*count))
}

//go:noinline
func nested(depth, count int) int {
	if depth > 1 {
		return nested(depth-1, count) + 1
	}
	for i := 0; i < count; i++ {
		runtime.Gosched()
	}
	return 1
}

func runNested(depth, count int) {
	done := make(chan int)
	begin := time.Now()
	go func() { done <- nested(depth, count) }()
	<-done
	tell(fmt.Sprintf("depth%d_ns", depth), since(begin)/float64(count))
}

func runQueue(metric string, capacity, count int) {
	queue := make(chan int, capacity)
	begin := time.Now()
	go func() {
		for i := 0; i < count; i++ {
			queue <- i
		}
	}()
	for i := 0; i < count; i++ {
		if <-queue != i {
			panic("order")
		}
	}
	tell(metric, since(begin)/float64(count))
}

func runLock(tasks, count int) {
	var lock sync.Mutex
	var group sync.WaitGroup
	group.Add(tasks)
	begin := time.Now()
	for i := 0; i < tasks; i++ {
		go func() {
			for k := 0; k < count; k++ {
				lock.Lock()
				runtime.Gosched()
				lock.Unlock()
			}
			group.Done()
		}()
	}
	group.Wait()
	tell("handover_ns", since(begin)/float64(tasks*count))
}

// ---- Time ----

func runSleep(tasks int, seconds float64) {
	before, begin := memoryKb("VmRSS"), time.Now()
	var group sync.WaitGroup
	group.Add(tasks)
	for i := 0; i < tasks; i++ {
		go func() {
			time.Sleep(time.Duration(seconds * 1e9))
			group.Done()
		}()
	}
	group.Wait()
	tell("wall_minus_sleep_s", since(begin)/1e9-seconds)
	tell("bytes_per_task", (memoryKb("VmHWM")-before)*1024/float64(tasks))
	tell("peak_rss_MB", memoryKb("VmHWM")/1024)
}

func runTimers(count int) {
	left := count / 2
	done := make(chan bool)
	// One processor: the callbacks run one after another.
	countDown := func() {
		if left--; left == 0 {
			done <- true
		}
	}
	timers := make([]*time.Timer, count)
	begin := time.Now()
	for i := range timers { // later than it takes to set them all
		delay := 1500*time.Millisecond + time.Duration(rand.Int63n(1e9))
		timers[i] = time.AfterFunc(delay, countDown)
	}
	tell("create_ns", since(begin)/float64(count))
	begin = time.Now()
	for i := 0; i < count; i += 2 {
		if !timers[i].Stop() {
			left++
		}
	}
	tell("cancel_ns", since(begin)/float64(count/2))
	busy := busyNs()
	<-done
	tell("fire_paced_cpu_ns", (busyNs()-busy)/float64(count/2))
}

// ---- Connections ----

func echo(client net.Conn) {
	defer client.Close()
	data := make([]byte, 16384)
	for {
		size, err := client.Read(data)
		if err != nil {
			return
		}
		if _, err = client.Write(data[:size]); err != nil {
			return
		}
	}
}

var guests = map[net.Conn]bool{}
var guestsLock sync.Mutex

func chat(client net.Conn) {
	guestsLock.Lock()
	guests[client] = true
	guestsLock.Unlock()
	for reader := bufio.NewReader(client); ; {
		line, err := reader.ReadSlice('\n')
		if err != nil {
			break
		}
		guestsLock.Lock()
		for guest := range guests {
			guest.Write(line)
		}
		guestsLock.Unlock()
	}
	guestsLock.Lock()
	delete(guests, client)
	guestsLock.Unlock()
	client.Close()
}

func serve(port string, handle func(net.Conn), config *tls.Config) {
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			continue
		}
		if config != nil {
			client = tls.Server(client, config)
		}
		go handle(client)
	}
}

func runLines(lines, count int) {
	listener, _ := net.Listen("tcp", "127.0.0.1:0")
	text := bytes.Repeat([]byte(strings.Repeat("x", 79)+"\n"), lines)
	begin := time.Now()
	go func() {
		client, _ := listener.Accept()
		for i := 0; i < count; i++ {
			client.Write(text)
		}
	}()
	client, _ := net.Dial("tcp", listener.Addr().String())
	reader := bufio.NewReader(client)
	for i := 0; i < lines*count; i++ {
		line, _ := reader.ReadSlice('\n')
		if len(line) != 80 {
			panic("line")
		}
	}
	each := since(begin) / float64(lines*count)
	tell("line_ns", each)
	tell("MB_per_s", 80e3/each)
}

func argument(i int) float64 {
	value, _ := strconv.ParseFloat(os.Args[i], 64)
	return value
}

func main() {
	switch os.Args[1] {
	case "w1":
		runYield("t1000_ns", 1000, 5000)
		runYield("t2_ns", 2, 2000000)
	case "w2":
		runBatches("batch1000_ns", func() {}, 1000, 1000)
		runBatches("seq_ns", func() {}, 1, 1000000)
	case "w3":
		runSleep(int(argument(2)), argument(3))
	case "w4":
		runQueue("cap1_ns", 1, 2000000)
		runQueue("cap128_ns", 128, 4000000)
	case "w5":
		runTimers(int(argument(2)))
	case "w6":
		serve(os.Args[2], echo, nil)
	case "w7":
		for depth := 1; depth <= 1000; depth *= 10 {
			runNested(depth, 1000000)
		}
	case "w8":
		runBatches("per_child_ns", runtime.Gosched, 1000, 1000)
	case "w9":
		runLock(100, 10000)
	case "w11":
		serve(os.Args[2], chat, nil)
	case "w12":
		runLines(800, 2000)
	case "w13":
		certificate, err := tls.LoadX509KeyPair(os.Args[3], os.Args[3])
		if err != nil {
			panic(err)
		}
		serve(os.Args[2], echo, &tls.Config{Certificates: []tls.Certificate{certificate}})
	default:
		os.Exit(2)
	}
}
