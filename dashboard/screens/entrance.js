"use strict";
const said = document.getElementById("dito");
async function enter() {
  const token = location.hash.slice(1);
  if (!token) return;
  // The token leaves the address, and with it the history, before anything else is done with it.
  history.replaceState(null, "", location.pathname);
  said.textContent = "Entrando…";
  try {
    const answer = await fetch("entrar/trocar", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token }),
      credentials: "same-origin",
      referrerPolicy: "no-referrer",
    });
    const found = await answer.json();
    said.textContent = found.dito;
    if (found.aonde) location.replace(found.aonde);
  } catch {
    said.textContent = "O painel não respondeu. Abra o link de novo em um minuto.";
  }
}
// A link pasted where the page is open already changes nothing but what stands after the mark.
addEventListener("hashchange", enter);
enter();
