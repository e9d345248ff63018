"""The side of a peer in Python: answers requests, a JSON object a line."""

import json
import sys
import time


def serve(version, answers):
    """`answers`: by what is asked, a function of the request to a fact or facts."""
    for line in sys.stdin:
        request = json.loads(line)
        facts = {"version": version}
        answer = answers.get(request["ask"], refuse)
        try:
            facts.update(answer(request))
        except Exception as error:
            facts["problem"] = f"{type(error).__name__}: {error}".splitlines()[0]
        print(json.dumps(facts, separators=(",", ":")), flush=True)


def refuse(request):
    raise ValueError(f"it is not asked for {request['ask']}")


def timed(work):
    """Does it; the milliseconds that it took."""
    start = time.perf_counter()
    work()
    return {"milliseconds": (time.perf_counter() - start) * 1000}
