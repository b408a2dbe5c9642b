// Package web serves the lists over HTTP. It puts together what the packages below it do: the guards before all requests,
// the API, the streams of events and the page. It also gives each request an id, logs it, and measures how long it took.
//
//	web ─┬─ page                  the files that a browser gets
//	     ├─ events ─┐             streams of changes
//	     ├─ api ◄───┘             routes, JSON, files, bulk
//	     ├─ guard   (of api)      who comes in, and how much
//	     ├─ seal    (of api)      tags and ids that give nothing away
//	     └─ problem (of guard)    errors on the wire
//
// Each of them imports only those below it.
package web
