"use strict";
// The token leaves the address, and with it the history, before anything else is done with it.
const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const said = document.getElementById("dito");
if (token) {
  said.textContent = "Entrando…";
  fetch("entrar/trocar", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token }),
    credentials: "same-origin",
    referrerPolicy: "no-referrer",
  })
    .then((answer) => answer.json())
    .then((found) => {
      said.textContent = found.dito;
      if (found.aonde) location.replace(found.aonde);
    })
    .catch(() => {
      said.textContent = "O painel não respondeu. Abra o link de novo em um minuto.";
    });
}
