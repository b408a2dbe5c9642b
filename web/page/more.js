// The end of what is shown so far: what follows comes as it gets near. It is also a
// button, for those who don't scroll.
import { button } from './dom.js'

export class More {
  constructor(label, load) {
    this.button = button(label, { class: 'plain more', onclick: load })
    this.button.hidden = true
    this.watcher = new IntersectionObserver(seen => seen.at(-1).isIntersecting && load(), { rootMargin: '600px' })
  }

  // show tells whether there is more. The watcher tells of what is near already only
  // when it begins to watch.
  show(more) {
    this.button.hidden = !more
    this.watcher.disconnect()
    if (more) this.watcher.observe(this.button)
  }

  close() {
    this.watcher.disconnect()
  }
}
