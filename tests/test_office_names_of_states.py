"""Names of contests of many states, in the wordings of their counties: office and place, one name a line.

A name without "=" has no place. Below "other" the office is given behind a colon, where it is not the whole name.
"""

from __future__ import annotations

import pytest

from blocs.ballots.office_names import STANDARD, office_name

NAMES = """
US PRESIDENT
  Presidential Electors (Vote For=1)
  President and Vice President
  PRESIDENT AND VICE PRESIDENT
  President and Vice President of the United States
  PRESIDENTIAL ELECTORS (Vote for 1)
  President of the United States
  U.S. President
  PRESIDENT/VICE PRESIDENT (1)
  President of the United States - Vice President
  Electors for President & Vice President
  U.S. President and Vice President
  President/Vice President of the United States
  President and Vice-President of the United States
  FOR ELECTORS FOR PRESIDENT AND VICE PRESIDENT
  PRES/VICE PRES
  POTUS
  President.and.Vice.President
  Pres. & Vice Pres. of the U.S.
  US President/Vice President (Vote For 1)
  Pres-VP
US SENATE
  United States Senator (Vote For=1)
  U.S. SENATOR (FULL TERM)
  U.S. Senator (Partial/Unexpired Term)
  United States Senator - Special Election
  (DEM) United States Senator
  US Sen
  U.S. Senate (Class 3)
US HOUSE
  CD-At Large = 0
  Representative to the 117th United States Congress - District 2 (Vote For=1) = 2
  FOR REPRESENTATIVE IN CONGRESS FIFTEENTH CONGRESSIONAL DISTRICT = 15
  CONGRESS 18TH = 18
  United States Representative in Congress, District 04 = 4
  Member of the House of Representatives (2nd Congressional District) = 2
  Member of House of Representatives, 10th District = 10
  CONGRESS - 8TH DISTRICT = 8
  House of Rep 12th CD = 12
  US Representative, 4th District = 4
  Representative in Congress (16th) = 16
  U.S. House District 1 = 1
  US House District 3 = 3
  U.S. House of Representatives District #3 = 3
  Rep. in Congress Dist. 5 = 5
  CONGRESSIONAL DISTRICT NO. 3 U.S. Representative = 3
  Congressional District 5 - U.S. Representative = 5
  U.S. Representative District 2 = 2
  US HOUSE OF REPRESENTATIVES DISTRICT 11 = 11
  Representative in Congress (21st District) = 21
  21st Congressional District = 21
  Representative in Congress District 5 = 5
  Representative in Congress - First District = 1
  U.S. Representative, Dist II = 2
  UNITED STATES REPRESENTATIVE IN CONGRESS 6th Congressional District = 6
  U. S. Representative 2nd Congressional District = 2
  United States Representative District 3 = 3
  US House Of Rep 03 = 3
  UNITED STATES REPRESENTATIVE
  UNITED STATES REPRESENTATIVE WESTERN CONGRESSIONAL DISTRICT = WESTERN
  Representative in Congress - District 2 = 2
  Representative in Congress
  Member, House of Representatives (11) = 11
  United States Representative
  CON05 = 5
  CONG 05 = 5
  CON 5 = 5
  CD5 = 5
  USC05 = 5
  RIC 17 = 17
  RIC17 = 17
  Congressional Delegate
  US CONGRESS DISTRICT 3 = 3
  Federal - U.S. Representative, District 3 = 3
  Representative in Congress 1St Congressional District Vote for 1 Mike Quigley Dem = 1
  U.S. Representative in Congress, District 2 Vote for 1 Mark Amodei Rep = 2
  US Rep D-2 = 2
  U.S. Rep. (D2) = 2
  U.S. Representative (2nd) = 2
  U.S. Representative (02) = 2
  US_HOUSE_DISTRICT_4 = 4
  Republican Representative in Congress District 1 = 1
  Rep. to the 117th US Congress - Dist 6 = 6
  United States Representative, Fourth District = 4
GOVERNOR
  GOVERNOR/LIEUTENANT GOVERNOR
  GOVERNOR AND LIEUTENANT GOVERNOR (Vote for One Pair)
  Governor/Lieutenant Governor (Vote for 1)
  Governor - Unexpired
STATE SENATE
  State Senator Chittenden-North = CHITTENDEN NORTH
  State Senator North Dakota
  State Senate - District 8 (Vote For=1) = 8
  State Senator District 2 = 2
  STATE SENATOR 26TH DISTRICT = 26
  FOR STATE SENATOR FIFTY-FIRST LEGISLATIVE DISTRICT = 51
  STATE SENATOR - 46TH LEGISLATIVE DISTRICT = 46
  SENATOR IN THE GENERAL ASSEMBLY, 59TH LEGISLATIVE DISTRICT = 59
  State Senator Legislative District 31 = 31
  STATE SENATE, DISTRICT 19 = 19
  State Senator District 29 = 29
  SENATOR IN THE GENERAL ASSEMBLY 15TH DISTRICT = 15
  Utah State Senate 27 = 27
  State Senate District 11 = 11
  Senate District 10 = 10
  LEGISLATIVE DISTRICT 31 State Senator = 31
  LEGISLATIVE DISTRICT 5 STATE SENATOR = 5
  LEGISLATIVE DIST 5 ST SENATOR = 5
  State Senator (51st District) = 51
  State Senate District 27 = 27
  State Senator 9th District = 9
  STATE SENATE DISTRICT 47 = 47
  STATE SENATOR DISTRICT 39 = 39
  State Senate, District 41 = 41
  State Senate, District 35 = 35
  Member, Senate of Virginia (37) = 37
  Member, Senate of Virginia - District 37 = 37
  SEN 012 = 12
  State Senator District 10 (unexpired 2 yr term) = 10
  Senate of Maryland District 5 = 5
  STATE SENATE (12TH DIST) = 12
  State Senator 26Th Vote for 1 Marci Suelzer Dem = 26
  State Senate (SD 5) = 5
  State Senator - SD 22 = 22
  (R) State Senate District 5 = 5
  State Senator, District 10 (to fill vacancy) = 10
  State Senate Dist 8 (Unexp 1/5/2023) = 8
  State Senator Sub-District B = B
  Senate 43 = 43
STATE HOUSE
  State Representative - District 49 = 49
  State Representative District 50 (Vote For=1) = 50
  115TH REPRESENTATIVE = 115
  House of Delegates District 33C = 33C
  ASSEMBLY DISTRICT 12 = 12
  ASM40 = 40
  General Assembly 25th Legislative District = 25
  Members of the General Assembly (2) 38th Legislative District = 38
  Representative in the General Assembly 5th Legislative District = 5
  Tennessee House of Representatives District 65 = 65
  House of Delegates 10th Delegate District = 10
  Delegate 8th District = 8
  Rep to Assembly 15 = 15
  Legislative District 31 - Representative Position 1 = 31-1
  LEGISLATIVE DISTRICT NO. 40 State Representative Pos. 1 = 40-1
  State Representative Pos 1, LD 17 = 17-1
  Special Election for State Representative District 30A = 30A
  LEG DIST 7 STATE REP POSITION A = 7A
  LEGISLATIVE DISTRICT 7 STATE REPRESENTATIVE POSITION B = 7B
  State Representative Position A District 12 = 12A
  LEG DIST 14 REP SEAT A = 14A
  NC HOUSE OF REPRESENTATIVES DISTRICT 114 = 114
  Member of Assembly 102nd District = 102
  Member of Assembly (107th District) = 107
  Rep. in General Court 5th Barnstable = 5 BARNSTABLE
  State Representative District 36 = 36
  State Representative Chittenden-6-3 = CHITTENDEN 6-3
  STATE REPRESENTATIVE, DISTRICT NO. 73 = 73
  State Representative, District 062 = 62
  FOR STATE REPRESENTATIVE DISTRICT 83 = 83
  Member, House of Delegates (86) = 86
  Member House of Delegates 68th District = 68
  Member, House of Delegates - District 13 = 13
  HOUSE DISTRICT 33 = 33
  HSE 33 = 33
  RGA 103 = 103
  STR 12 = 12
  STREP12 = 12
  AD 61 = 61
  STATE HOUSE 3RD = 3
  Assembly Member, 110th District = 110
  LD8 Assembly = 8
  NJ General Assembly District 8 (Vote for 2) = 8
  Legislative District 8 General Assembly = 8
  State Rep. (D42) = 42
  State Representative (HD 61) = 61
  REP. 61ST DIST. = 61
  St.Rep.Dist.61 = 61
  AD 88 Representative to the Assembly = 88
  State Representative, 59th Position 1 = 59-1
  State Delegate District 12 = 12
  House Of Delegates (27C) = 27C
  Hse. Dist. 12 = 12
other
  ADVISORY NEIGHBORHOOD COMMISSIONER - ANC - 1A01 SMD = 1A01: ADVISORY NEIGHBORHOOD COMMISSIONER - ANC
  ANC 6B02 = 6B02: ANC
  ANC - 3/4G07 SMD = 3 4G07: ANC
  Prop 2B11
  State Board of Education Member - Congressional District 3 = 3: State Board of Education Member
  Colorado Supreme Court Justice - Hart
  County Court Judge - Larimer - Lehman
  Amendment B (CONSTITUTIONAL)
  Proposition EE (STATUTORY)
  Shall Judge X of the 5th Judicial District be retained
  RTD Director District M = M: RTD Director
  County Supervisor District 3 = 3: County Supervisor
  District 3A Court - Carl Petersen = 3A: Court - Carl Petersen
  51ST LEGISLATIVE = 51: LEGISLATURE
  JUDGE OF THE CIRCUIT COURT SECOND JUDICIAL CIRCUIT RETENTION
  RETAIN JUDGE SMITH 4TH CIRCUIT
  COUNTY BOARD DIST 4 (VOTE FOR 2) = 4: COUNTY BOARD
  Judge of the Circuit Court Circuit 5 = 5: Judge of the Circuit Court
  Judge, Court of Special Appeals Appellate Circuit 3 = 3: Judge, Court of Special Appeals
  Judge of the Circuit Court, Judicial Circuit 7 = 7: Judge of the Circuit Court
  County Council Councilmanic District 4 = 4: County Council
  Clerk of the Circuit Court
  Question 1 Constitutional Amendment
  Court of Appeals Judge Appellate Circuit 3 = 3: Court of Appeals Judge
  JUSTICE OF THE SUPREME COURT, SEAT B = B: JUSTICE OF THE SUPREME COURT
  DISTRICT COURT JUDGE, DEPT. 4 = 4: DISTRICT COURT JUDGE
  STATE BOARD OF EDUCATION, DISTRICT 2 = 2: STATE BOARD OF EDUCATION
  STATE QUESTION 1
  Board of Chosen Freeholders
  Public Question #1
  Judge of the Supreme Court, Position 4 = 4: Judge of the Supreme Court
  Judge of the Circuit Court, 4th District, Position 12 = 4-12: Judge of the Circuit Court
  Circuit Court Judge 12th District Position 2 = 12-2: Circuit Court Judge
  Secretary of State
  Magisterial District Judge 38-1-02 = 38-1-2: Magisterial District Judge
  MAGISTERIAL DISTRICT JUDGE DISTRICT 12-2-01 = 12-2-1: MAGISTERIAL DISTRICT JUDGE
  State Treasurer
  State Executive Committeeman District 23 = 23: State Executive Committeeman
  Circuit Court Judge Part II 9th Judicial District = 9: Circuit Court Judge Part II
  State School Board District 14 = 14: State School Board
  Juvenile Court Judge Seventh District = 7: Juvenile Court Judge
  Supreme Court Division 1 = 1: Supreme Court
  Circuit Judge 28th Circuit Division 1 = 28-1: Circuit Judge
  Commissioner of Agriculture
  Supreme Court Justice
  Circuit Court Judge Branch 3 = 3: Circuit Court Judge
  Circuit Court Judge, Br. 4 = 4: Circuit Court Judge
  Alderperson 5th Aldermanic District = 5: Alderperson
  LEGISLATIVE DISTRICT 31 = 31: LEGISLATURE
  Superintendent of Public Instruction
  PUD Commissioner District 1 = 1: PUD Commissioner
  Judge - 1st District Court 12 = 12: Judge - 1st District Court
  Judge - Court of Appeals 9 = 9: Judge - Court of Appeals
  Associate Justice - Supreme Court 1 = 1: Associate Justice - Supreme Court
  School Board Member (ISD #196)
  Council Member Ward 5 = 5: Council Member
  NC DISTRICT COURT JUDGE DISTRICT 25 SEAT 03 = 25-3: NC DISTRICT COURT JUDGE
  Justice of the Supreme Court 3rd Judicial District = 3: Justice of the Supreme Court
  Member of the City Council 34th Council District = 34: Member of the City Council
  Councillor First District = 1: Councillor
  Executive Councilor District 2 = 2: Executive Councilor
  County Commissioner District 1 = 1: County Commissioner
  DISTRICT JUDGE, PLACE NO. 2 = 2: DISTRICT JUDGE
  Judge, Circuit Court 27th Judicial Circuit = 27: Judge, Circuit Court
  Retain Justice Goff
  County Council at Large = AT LARGE: County Council
  District Judge 10th Judicial District Division 5 = 10-5: District Judge
  Circuit Judge 22nd Judicial Circuit 5th Division = 22-5: Circuit Judge
  JUSTICE OF THE SUPREME COURT 7th Supreme Court District = 7: JUSTICE OF THE SUPREME COURT
  COMMONWEALTH'S ATTORNEY 22nd Judicial Circuit = 22: COMMONWEALTH'S ATTORNEY
  Associate Justice Supreme Court, 4th Supreme Court District = 4: Associate Justice Supreme Court
  Judge, Court of Appeal 1st Circuit, 2nd District, Division B = 2 1B: Judge, Court of Appeal
  PSC District 1 = 1: PSC
  Public Service Commission District 1 = 1: Public Service Commission
  Circuit Judge - Circuit 13 - Division 1 = 13-1: Circuit Judge
  Associate Circuit Judge Division 9 = 9: Associate Circuit Judge
  Supreme Court District 1 Position 1 = 1-1: Supreme Court
  Election Commissioner 03 = 3: Election Commissioner
  School Board 04 = 4: School Board
  SUPREME COURT JUSTICE NO. 5 = 5: SUPREME COURT JUSTICE
  Public Service Commissioner District 3 = 3: Public Service Commissioner
  Learning Community Coordinating Council District 4 = 4: Learning Community Coordinating Council
  JUDGE OF THE COURT OF APPEALS POSITION 2 = 2: JUDGE OF THE COURT OF APPEALS
  COURT OF CIVIL APPEALS DISTRICT 1 - OFFICE 2 = 1-2: COURT OF CIVIL APPEALS
  JUDICIAL DISTRICT 7 OFFICE 3 = 7-3: JUDICIAL DISTRICT
  Solicitor Circuit 9 = 9: Solicitor
  Circuit Court Judge Second Circuit Position A = 2A: Circuit Court Judge
  Member, Board of Supervisors (Mason)
  LEG 031 = 31: LEGISLATURE
  PSC 2 = 2: PSC
  PSC DIST 2 = 2: PSC
  PRC 3 = 3: PRC
  SBOE 6 = 6: SBOE
  SBE 4 = 4: SBE
  COUNTY COUNCIL D3 = 3: COUNTY COUNCIL
  COMM 2 = 2: COMM
  JUDICIAL DISTRICT 5 = 5: JUDICIAL DISTRICT
  School Board President
  County Commissioner, Pos. 3 = 3: County Commissioner
  Commissioner #2 = 2: Commissioner
  County Commissioner #3 = 3: County Commissioner
  Hospital District #1 Commissioner 3 = 1-3: Hospital Commissioner
  School Board Zone 5 = 5: School Board
  Council 1st Ward = 1: Council
  Justice Court Judge District 3 = 3: Justice Court Judge
  CITY OF SALEM COUNCIL WARD 3 = 3: CITY OF SALEM COUNCIL
  School Referendum District 5
  Ward 2 Liquor Option
  House Speaker District 3 = 3: House Speaker
  Straight Party Ticket
  STRAIGHT PARTY VOTING
"""


def names_of(table: str) -> list[tuple[str, str, str]]:
    """Return (name, office, place) for each line of a table."""
    names, heading = [], ""
    for line in table.strip().splitlines():
        name, _, read = line.strip().partition(" = ")
        place, _, own = read.partition(": ")
        if line.startswith(" "):
            names.append((name, (own or name) if heading == "other" else heading, place))
        else:
            heading = line
    return names


@pytest.mark.parametrize(("name", "office", "place"), names_of(NAMES))
def test_office_and_place(name: str, office: str, place: str) -> None:
    read = office_name(name)
    assert (read.office, read.place, read.standard) == (office, place, office in STANDARD)


def test_districts_of_one_office_are_one_office() -> None:
    """Whatever the office is called: a number is no part of it."""
    for name in ("LEGISLATIVE DISTRICT 31", "JUDICIAL DISTRICT 5", "School Board 04", "CON05", "Judge, 12th Circuit"):
        other = name.translate(str.maketrans("0123456789", "0234567891"))
        assert office_name(name).office == office_name(other).office
        assert office_name(name).place != office_name(other).place


def test_a_question_keeps_its_words() -> None:
    """Two questions that differ in a number are two questions."""
    for name in ("Proposition 1, Fire District 5", "Shall District 3 issue bonds", "Recall of the Council, Ward 2"):
        assert office_name(name).office == name
        assert office_name(name).place == ""
