package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"todoshell/cache"
)

// Metrics are the measurements of one process.
type Metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	appends  prometheus.Histogram
	batches  prometheus.Histogram
}

// New returns metrics in which nothing has been measured yet, but for the process itself.
func New() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "todoshell_http_request_duration_seconds",
			Help: "How long requests have taken, streams as long as they were open.", Buckets: prometheus.ExponentialBuckets(0.0001, 4, 9)},
			[]string{"method", "route", "code"}),
		appends: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "todoshell_append_duration_seconds",
			Help: "How long appends to journals have taken.", Buckets: prometheus.ExponentialBuckets(0.00005, 4, 9)}),
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "todoshell_append_changes",
			Help: "How many changes an append has taken together.", Buckets: prometheus.ExponentialBuckets(1, 4, 8)}),
	}
	m.registry.MustRegister(m.answers, m.appends, m.batches, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Answered counts an HTTP answer.
func (m *Metrics) Answered(method, route string, status int, took time.Duration) {
	m.answers.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Appended counts an append to a journal.
func (m *Metrics) Appended(changes int, took time.Duration) {
	m.appends.Observe(took.Seconds())
	m.batches.Observe(float64(changes))
}

// AddFsyncs adds those of the disk. Read returns how many there were in all, how many
// seconds they took together, and how many took at most so many seconds.
func (m *Metrics) AddFsyncs(read func() (count uint64, seconds float64, upTo map[float64]uint64)) {
	desc := prometheus.NewDesc("todoshell_fsync_duration_seconds", "How long fsyncs of the log have taken.", nil, nil)
	m.registry.MustRegister(collector{[]*prometheus.Desc{desc}, func(metrics chan<- prometheus.Metric) {
		count, seconds, upTo := read()
		metrics <- prometheus.MustNewConstHistogram(desc, count, seconds, upTo)
	}})
}

// AddServers adds what a cache counts of the lists' servers.
func (m *Metrics) AddServers(read func() cache.Stats) {
	live := prometheus.NewDesc("todoshell_live_servers", "Lists that have a server.", nil, nil)
	waiting := prometheus.NewDesc("todoshell_mailbox_requests", "Requests that wait in mailboxes.", nil, nil)
	started := prometheus.NewDesc("todoshell_started_servers_total", "Servers that were started.", nil, nil)
	evicted := prometheus.NewDesc("todoshell_evicted_servers_total", "Servers that made room for others.", nil, nil)
	restarted := prometheus.NewDesc("todoshell_restarted_servers_total", "Servers that came after one that panicked.", nil, nil)
	m.registry.MustRegister(collector{[]*prometheus.Desc{live, waiting, started, evicted, restarted}, func(metrics chan<- prometheus.Metric) {
		s := read()
		for desc, value := range map[*prometheus.Desc]int{live: s.Live, waiting: s.Waiting} {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value))
		}
		for desc, value := range map[*prometheus.Desc]uint64{started: s.Started, evicted: s.Evicted, restarted: s.Restarted} {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value))
		}
	}})
}

// A Count is something else that is counted, or a value that goes up and down.
type Count struct {
	Name, Help string
	Total      bool // it only goes up
	Value      float64
}

// AddCounts adds what read returns, which must always be of the same names.
func (m *Metrics) AddCounts(read func() []Count) {
	var descs []*prometheus.Desc
	for _, c := range read() {
		descs = append(descs, prometheus.NewDesc(c.Name, c.Help, nil, nil))
	}
	m.registry.MustRegister(collector{descs, func(metrics chan<- prometheus.Metric) {
		for i, c := range read() {
			kind := prometheus.GaugeValue
			if c.Total {
				kind = prometheus.CounterValue
			}
			metrics <- prometheus.MustNewConstMetric(descs[i], kind, c.Value)
		}
	}})
}

// Handler answers all metrics as text.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// A collector is for what others count: it asks them each time that the metrics are read.
type collector struct {
	descs   []*prometheus.Desc
	collect func(chan<- prometheus.Metric)
}

func (c collector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		descs <- d
	}
}

func (c collector) Collect(metrics chan<- prometheus.Metric) { c.collect(metrics) }
