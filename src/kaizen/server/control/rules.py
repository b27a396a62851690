"""How the rules have fared: GET /kaizen/v1/rules?module=Deals."""

from typing import Final

from kaizen.model.problem import Problem, RequestRefusedError
from kaizen.records.history.rule_report import dump_report, rule_report
from kaizen.records.ports import UnitOfWork
from kaizen.server.http.call import Answer, Call, Route
from kaizen.vocabulary.codes import Code


def _rules(uow: UnitOfWork, call: Call) -> Answer:
    name = call.query.get("module")
    if name is None:
        raise RequestRefusedError(Problem(Code.REQUIRED_PARAM_MISSING, {"param_name": "module"}))
    module = uow.catalog.by_name.get(name)
    if module is None:
        raise RequestRefusedError(Problem(Code.INVALID_MODULE, {"param_name": "module"}))
    return Answer(body={"rules": dump_report(uow, rule_report(uow, module))})


ROUTES: Final = [Route("GET", "rules", _rules, ("Kaizen.control.READ",))]
