package web

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"todoshell/cache"
	"todoshell/todo"

	"todoshell/web/api"
	"todoshell/web/guard"
	"todoshell/web/problem"
)

// Metrics are what an operator watches, in the form of Prometheus.
type Metrics struct {
	registry *prometheus.Registry
	answers  *prometheus.HistogramVec
	appends  prometheus.Histogram
	batches  prometheus.Histogram
}

// NewMetrics returns metrics of nothing yet.
func NewMetrics() *Metrics {
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

// answered counts an answer. Strangers make up methods, which are one to us.
func (m *Metrics) answered(method, route string, status int, took time.Duration) {
	if !slices.Contains(api.Methods, method) {
		method = "other"
	}
	m.answers.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// Appended counts an append to a journal.
func (m *Metrics) Appended(changes int, took time.Duration) {
	m.appends.Observe(took.Seconds())
	m.batches.Observe(float64(changes))
}

// Fsyncs adds those of the disk: how many there were in all, how many seconds they
// took together, and how many took at most so many seconds.
func (m *Metrics) Fsyncs(read func() (count uint64, seconds float64, upTo map[float64]uint64)) {
	desc := prometheus.NewDesc("todoshell_fsync_duration_seconds", "How long fsyncs of the log have taken.", nil, nil)
	m.registry.MustRegister(collector{[]*prometheus.Desc{desc}, func(metrics chan<- prometheus.Metric) {
		count, seconds, upTo := read()
		metrics <- prometheus.MustNewConstHistogram(desc, count, seconds, upTo)
	}})
}

// watch adds the servers of a cache.
func (m *Metrics) watch(c *cache.Cache) {
	live := prometheus.NewDesc("todoshell_live_servers", "Lists that have a server.", nil, nil)
	waiting := prometheus.NewDesc("todoshell_mailbox_requests", "Requests that wait in mailboxes.", nil, nil)
	started := prometheus.NewDesc("todoshell_started_servers_total", "Servers that were started.", nil, nil)
	evicted := prometheus.NewDesc("todoshell_evicted_servers_total", "Servers that made room for others.", nil, nil)
	restarted := prometheus.NewDesc("todoshell_restarted_servers_total", "Servers that came after one that panicked.", nil, nil)
	m.registry.MustRegister(collector{[]*prometheus.Desc{live, waiting, started, evicted, restarted}, func(metrics chan<- prometheus.Metric) {
		s := c.Stats()
		for desc, value := range map[*prometheus.Desc]int{live: s.Live, waiting: s.Waiting} {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, float64(value))
		}
		for desc, value := range map[*prometheus.Desc]uint64{started: s.Started, evicted: s.Evicted, restarted: s.Restarted} {
			metrics <- prometheus.MustNewConstMetric(desc, prometheus.CounterValue, float64(value))
		}
	}})
}

// A collector looks when it is asked.
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

// handler shows them to who may see all lists: how much is done in others' lists
// is not for all.
func (m *Metrics) handler() http.Handler {
	show := promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if guard.GrantOf(r.Context()).Prefix != "" {
			problem.Write(w, &todo.Error{Code: todo.Forbidden, Message: "the metrics are about all lists", Hint: "ask with a token for all lists"})
			return
		}
		show.ServeHTTP(w, r)
	})
}
