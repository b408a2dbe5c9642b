-- The requests of wrk: of one in a thousand lists and a day of 28, at random,
-- four ask for the entries and one adds one.

local threads = {}

function setup(thread)
   thread:set("number", #threads)
   table.insert(threads, thread)
end

function init()
   math.randomseed(1 + number)
end

function request()
   local path = string.format("?list=list_%d&date=2026-01-%02d", math.random(0, 999), math.random(1, 28))
   if math.random(5) == 1 then
      return wrk.format("POST", "/add_entry" .. path .. "&title=Something%20to%20do")
   end
   return wrk.format("GET", "/entries" .. path)
end

-- done prints as Go's benchmarks do.
function done(summary, latency)
   local e = summary.errors
   io.write(string.format("BenchmarkRequests\t%d\t%f requests/s\t%d p50-ns\t%d p99-ns\t%d errors\n", summary.requests,
      summary.requests / summary.duration * 1e6, latency:percentile(50) * 1000, latency:percentile(99) * 1000,
      e.connect + e.read + e.write + e.status + e.timeout))
end
