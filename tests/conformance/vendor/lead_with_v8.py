"""Create, read, update, search and delete a Lead with the unmodified official SDK for API v8.

Run by the SDK's own interpreter: `python lead_with_v8.py CREDENTIALS FOLDER`; prints what it saw as JSON.
"""

import json
import sys
from pathlib import Path

from zohocrmsdk.src.com.zoho.api.authenticator.oauth_token import OAuthToken
from zohocrmsdk.src.com.zoho.api.authenticator.store import FileStore
from zohocrmsdk.src.com.zoho.crm.api import HeaderMap, Initializer, ParameterMap
from zohocrmsdk.src.com.zoho.crm.api.dc import DataCenter
from zohocrmsdk.src.com.zoho.crm.api.record import (
    BodyWrapper,
    Field,
    Record,
    RecordOperations,
    SearchRecordsParam,
)
from zohocrmsdk.src.com.zoho.crm.api.sdk_config import SDKConfig


def main(credentials: Path, folder: Path) -> None:
    said = json.loads(credentials.read_text())
    seen = {}
    Initializer.initialize(
        environment=DataCenter.Environment(
            said["api_domain"], said["accounts_url"] + "/oauth/v2/token", said["api_domain"]
        ),
        token=OAuthToken(
            client_id=said["client_id"], client_secret=said["client_secret"], grant_token=said["grant_token"]
        ),
        store=FileStore(str(folder / "tokens.txt")),
        sdk_config=SDKConfig(auto_refresh_fields=False, pick_list_validation=False),
        resource_path=str(folder),
    )
    leads = RecordOperations("Leads")

    lead = Record()
    lead.add_field_value(Field.Leads.last_name(), "Lovelace")
    lead.add_field_value(Field.Leads.company(), "Analytical Engines")
    lead.add_field_value(Field.Leads.email(), "ada@example.com")
    answer = leads.create_records(wrapped(lead), HeaderMap())
    seen["created"] = outcome(answer)
    # The SDK takes ids as numbers only.
    lead_id = int(answer.get_object().get_data()[0].get_details()["id"])

    answer = leads.get_record(lead_id, ParameterMap(), HeaderMap())
    record = answer.get_object().get_data()[0]
    seen["read"] = [record.get_key_value("Last_Name"), record.get_key_value("Company"), record.get_id() == lead_id]

    change = Record()
    change.add_field_value(Field.Leads.company(), "Difference Engines")
    seen["updated"] = outcome(leads.update_record(lead_id, wrapped(change), HeaderMap()))

    wanted = ParameterMap()
    wanted.add(SearchRecordsParam.email, "ada@example.com")
    found = leads.search_records(wanted, HeaderMap()).get_object().get_data()
    seen["found"] = [(one.get_key_value("Company"), one.get_id() == lead_id) for one in found]

    seen["deleted"] = outcome(leads.delete_record(lead_id, ParameterMap(), HeaderMap()))
    seen["gone"] = leads.get_record(lead_id, ParameterMap(), HeaderMap()).get_status_code()
    print(json.dumps(seen))


def wrapped(record: Record) -> BodyWrapper:
    body = BodyWrapper()
    body.set_data([record])
    return body


def outcome(answer: object) -> list:
    first = answer.get_object().get_data()[0]
    return [answer.get_status_code(), first.get_code().get_value()]


main(Path(sys.argv[1]), Path(sys.argv[2]))
