// The form that asks for a token where the server wants one.
import { byId, count, h, recall, remember, say } from './dom.js'

const known = 'logged in'

async function post(path, body) {
  try {
    return await fetch(path, { method: 'POST', body })
  } catch {
    return undefined
  }
}

export class Login {
  constructor(main, passed) {
    const token = h('input', { type: 'password', id: 'token', name: 'token', autocomplete: 'current-password', required: true, 'aria-describedby': 'token-error' })
    const error = h('p', { id: 'token-error', class: 'error', role: 'alert' })
    main.replaceChildren(h('form', { class: 'login', onsubmit: async event => {
      event.preventDefault()
      error.textContent = ''
      const answer = await post('/login', new URLSearchParams({ token: token.value.trim() }))
      if (answer?.ok) {
        remember('localStorage', known, true)
        passed()
      } else if (!answer) error.textContent = 'The server cannot be reached. Try again.'
      else if (answer.status === 429) error.textContent = `The server does not know this token, as others before it. Wait ${count(Number(answer.headers.get('Retry-After')) || 60, 'second', 'seconds')} before you try another one.`
      else if (answer.status === 401) error.textContent = 'The server does not know this token.'
      else error.textContent = `The server answered ${answer.status}. Try again.`
    } },
    h('h1', { tabindex: -1 }, 'Log in'),
    h('p', { class: 'muted' }, 'Lists here are for those with a token. Whoever runs the server makes one with ', h('code', {}, 'todoshell token add'), '.'),
    h('label', { for: 'token' }, 'Token'), token, error,
    h('div', { class: 'line end' }, h('button', { type: 'submit', class: 'main' }, 'Log in'))))
    document.title = 'Log in – todoshell'
    token.focus()
  }

  go() {}
  keys() {
    return {}
  }
  close() {}
}

const logout = byId('logout')
export const showLogout = () => (logout.hidden = !recall('localStorage', known))
logout.addEventListener('click', async () => {
  const answer = await post('/logout')
  if (!answer?.ok) return say(answer ? `The server answered ${answer.status}: you are still logged in.` : 'The server cannot be reached: you are still logged in.')
  remember('localStorage', known)
  location.reload()
})
