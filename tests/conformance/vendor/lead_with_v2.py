"""Create, read, update, search and delete a Lead with the unmodified official package `zcrmsdk` 2, the seed's twin.

Run by the SDK's own interpreter: `python lead_with_v2.py CREDENTIALS FOLDER`; prints what it saw as JSON.
"""

import json
import sys
from pathlib import Path

from zcrmsdk.CLException import ZCRMException
from zcrmsdk.OAuthClient import ZohoOAuth
from zcrmsdk.Operations import ZCRMModule, ZCRMRecord
from zcrmsdk.RestClient import ZCRMRestClient


def main(credentials: Path, folder: Path) -> None:
    said = json.loads(credentials.read_text())
    seen = {}
    ZCRMRestClient.initialize(
        {
            "apiBaseUrl": said["api_domain"],
            "apiVersion": "v2",
            "currentUserEmail": said["user_email"],
            "sandbox": "False",
            "applicationLogFilePath": str(folder),
            "client_id": said["client_id"],
            "client_secret": said["client_secret"],
            "redirect_uri": "https://example.com/callback",
            "accounts_url": said["accounts_url"],
            "token_persistence_path": str(folder),
            "access_type": "offline",
        }
    )
    ZohoOAuth.get_client_instance().generate_access_token(said["grant_token"])
    user = ZCRMRestClient.get_instance().get_current_user().data[0]
    seen["user"] = user.email == said["user_email"]

    lead = ZCRMRecord.get_instance("Leads")
    lead.set_field_value("Last_Name", "Lovelace")
    lead.set_field_value("Company", "Analytical Engines")
    lead.set_field_value("Email", "ada@example.com")
    answer = lead.create()
    seen["created"] = [answer.status_code, answer.code]
    lead_id = lead.entity_id

    record = ZCRMRecord.get_instance("Leads", lead_id).get().data
    same = str(record.entity_id) == str(lead_id)
    seen["read"] = [record.get_field_value("Last_Name"), record.get_field_value("Company"), same]

    change = ZCRMRecord.get_instance("Leads", lead_id)
    change.set_field_value("Company", "Difference Engines")
    answer = change.update()
    seen["updated"] = [answer.status_code, answer.code]

    found = ZCRMModule.get_instance("Leads").search_records_by_email("ada@example.com").data
    seen["found"] = [(one.get_field_value("Company"), str(one.entity_id) == str(lead_id)) for one in found]

    answer = ZCRMRecord.get_instance("Leads", lead_id).delete()
    seen["deleted"] = [answer.status_code, answer.code]
    try:
        ZCRMRecord.get_instance("Leads", lead_id).get()
    except ZCRMException as problem:
        seen["gone"] = problem.status_code
    print(json.dumps(seen))


main(Path(sys.argv[1]), Path(sys.argv[2]))
