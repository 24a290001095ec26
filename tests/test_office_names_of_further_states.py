"""More names of contests, in the wordings of states and of primaries; see `test_office_names_of_states`."""

from __future__ import annotations

import pytest

from blocs.ballots.office_names import STANDARD, office_name
from test_office_names_of_states import names_of

NAMES = """
US PRESIDENT
  PRESIDENTIAL ELECTORS FOR PRESIDENT AND VICE PRESIDENT
  Electors of President and Vice-President
  President/Vice-Pres
  President and Vice President Four Year Term
  PRESIDENTE Y VICEPRESIDENTE
  ELECTORS OF PRESIDENT AND VICE PRESIDENT OF THE UNITED STATES
  DEM President of the United States
  PRESIDENTIAL PREFERENCE PRIMARY - REP
  US Pres & Vice Pres
  UNITED STATES PRESIDENT AND VICE PRESIDENT
  President Vice-President, United States
  President - REP
  PRESIDENT (DEM)
  DEMOCRATIC - PRESIDENT OF THE UNITED STATES
  President/Vice President of the US Electors
  US PRESIDENT - REPUBLICAN PRIMARY
US SENATE
  UNITED STATES SENATOR - DEM
  US SENATOR REP
  Senator, United States
  SENATOR IN CONGRESS
  Senator in Congress (Vote for ONE)
  Member, United States Senate
  MEMBER UNITED STATES SENATE
  U. S. Senator
  Senador de los Estados Unidos
  US Senator (6 year term)
  UNITED STATES SENATOR 6-Year Term
  United States Senator Unexpired Term
  U.S. Senate (Republican)
  Rep - US Senate
  DEM - U.S. Senator
  DEMOCRATIC UNITED STATES SENATOR
  US Senator (Unexpired Term Ending 1/3/2025)
  U.S. Senate - Full Term
US HOUSE
  Rep in Congress 3rd Dist = 3
  REP IN CONGRESS - DIST. 7 = 7
  REPRESENTATIVE IN CONGRESS SECOND DISTRICT = 2
  Member House of Representatives 7th Congressional District = 7
  Member, House of Representatives, 5th District = 5
  REPRESENTATIVE IN CONGRESS 12TH CONGRESSIONAL DISTRICT = 12
  Representative to Congress District 1 = 1
  REPRESENTATIVE TO CONGRESS, DISTRICT 1 DEM = 1
  Representative to the U.S. Congress District 4 = 4
  REPRESENTATIVE TO THE 118TH U.S. CONGRESS - DISTRICT 8 = 8
  Representative to the 119th United States Congress District 4 = 4
  UNITED STATES REPRESENTATIVE DISTRICT NO. 4 = 4
  US REPRESENTATIVE DISTRICT 6 REP = 6
  U.S. Rep. 1st Cong. Dist. = 1
  US Rep - 3rd Congressional Dist. = 3
  United States Representative, District III = 3
  US Rep Dist I = 1
  US Rep Dist II = 2
  US Representative District I = 1
  Delegate to the U.S. House of Representatives
  Congress Dist 2 = 2
  2ND CONGRESSIONAL DISTRICT UNITED STATES REPRESENTATIVE = 2
  Congressional 3 = 3
  CONGRESSIONAL DIST 4 = 4
  CD 07 = 7
  US HOUSE OF REPRESENTATIVES DIST 4 = 4
  US HOUSE OF REPRESENTATIVES DISTRICT 04 - REP = 4
  UNITED STATES HOUSE OF REPRESENTATIVES DISTRICT 1 = 1
  Representative in Congress District No. 1 = 1
  House of Representatives, District 7 (Congress) = 7
  Representative, U.S. Congress, District 1 = 1
  Federal Representative District 2 = 2
  FOR UNITED STATES REPRESENTATIVE DISTRICT 6 = 6
  Representante de los Estados Unidos Distrito 3 = 3
  UNITED STATES REPRESENTATIVE EASTERN DISTRICT = EASTERN
  United States Representative 1st District = 1
  U.S. Representative, Congressional District 8 = 8
  Representative in Congress - CD 4 = 4
  US Rep in Congress 6th Dist = 6
  Congressman 3rd District = 3
  Representative U.S. House 1st Dist = 1
  Rep, US House Dist 3 = 3
  DEM U.S. Representative District 3 = 3
  REP U.S. REP DIST 3 = 3
  Rep. in Congress, Dist. 3 (REP) = 3
  U.S. Representative, District 1 - Republican = 1
  REPUBLICAN - REPRESENTATIVE IN CONGRESS - 4TH DISTRICT = 4
  US House of Representatives Seventh District = 7
  US Rep. Dist#3 = 3
  US REPRESENTATIVE 03 = 3
  Representative in Congress Dist. 11 = 11
  Member of Congress, District 3 = 3
  United States House of Representatives, District 2 = 2
  CONGRESSIONAL REPRESENTATIVE DISTRICT 2 = 2
  House of Representatives 3rd Cong District = 3
  Representative In Congress (District 5) = 5
  USREP5 = 5
  US REP 5TH = 5
  UNITED STATES REP DIST 2 = 2
  Representative in US Congress - 5 = 5
  Congress, 18th Dist. = 18
  REP IN CONGRESS 16TH CD = 16
  FOURTH CONGRESSIONAL DISTRICT REPRESENTATIVE IN CONGRESS = 4
GOVERNOR
  Governor/Lt Governor
  GOVERNOR & LT. GOVERNOR
  Governor and Lt. Governor (Vote for 1)
  FOR GOVERNOR AND LIEUTENANT GOVERNOR
  Governor - DEM
  Governor (4-year term)
  GOBERNADOR Y VICEGOBERNADOR
  Gov/Lt. Gov
  Governor and Lieutenant Governor - Full Term
  Gov. & Lt. Gov.
  REP GOVERNOR
  Gobernador
  DEM Governor
  GOVERNOR - REPUBLICAN
  Governor / Lt. Governor / Gobernador
  Governor and Lieutenant Governor (Vote for one)
STATE SENATE
  State Senator S36 = 36
  STATE SENATOR, DIST 22 REP = 22
  SENATOR, STATE, DISTRICT 4 = 4
  State Senator Dist IV = 4
  State Senator in the General Assembly Third District = 3
  State Senate, 5th District = 5
  STATE SENATE 5TH DIST DEM = 5
  State Senator District A = A
  Senator, 31st District = 31
  SENATOR IN GENERAL ASSEMBLY - DISTRICT 12 = 12
  SENATOR IN THE GENERAL ASSEMBLY TWENTY-SECOND DISTRICT = 22
  44th Senatorial District - State Senator = 44
  Senate 12th District = 12
  SENATORIAL DISTRICT 12 = 12
  Senator in General Court Norfolk and Plymouth District = NORFOLK PLYMOUTH
  SENATOR IN GENERAL COURT Second Middlesex District = 2 MIDDLESEX
  Senator in General Court, Bristol & Norfolk District = BRISTOL NORFOLK
  State Senator Windham District = WINDHAM
  State Senate Orleans = ORLEANS
  STATE SENATOR CHITTENDEN CENTRAL DISTRICT = CHITTENDEN CENTRAL
  State Senator Essex-Orleans = ESSEX ORLEANS
  State Senator Grand Isle = GRAND ISLE
  State Senator, 34th Legislative District = 34
  State Senate LD 15 = 15
  STATE SENATE LEGISLATIVE DISTRICT 19 = 19
  SENATE OF VIRGINIA DISTRICT 17 = 17
  Member Senate of Virginia 17th District = 17
  Member Senate of VA 17th Dist = 17
  MD State Senate District 21 = 21
  STATE SENATOR LEGISLATIVE DIST 14 = 14
  NC STATE SENATE DISTRICT 44 = 44
  NC STATE SENATE DISTRICT 04 - DEM = 4
  New York State Senator 57th Senate District = 57
  MEMBER OF STATE SENATE 8TH DISTRICT = 8
  LEGISLATURE DISTRICT 12 = 12
  Legislature - District 12 = 12
  FOR MEMBER OF THE LEGISLATURE District 45 = 45
  State Senator Dist. 7 Unexpired 2 Year Term = 7
  STATE SENATOR 8TH SENATORIAL DISTRICT (UNEXPIRED TERM) = 8
  SD 18 State Senate = 18
  State Senator, 1st SD = 1
  Senador Estatal Distrito 9 = 9
  Senador del Estado, Distrito 12 = 12
  STATE SENATOR Dist. No. 02 = 2
  Member, State Senate, District 18 = 18
  State Senate - 18 = 18
  State Sen 18 = 18
  St Senate 18 = 18
  St. Sen. Dist. 18 = 18
  Sen Dist 18 = 18
  DEM State Senator District 7 = 7
  State Senator, District 7 - DEM = 7
  (D) State Senator Dist 7 = 7
  State Senator SD07 = 7
  State Senator-07 = 7
  State Senate Dist. #7 = 7
  State Senator, 7th Senate District, Unexpired Term = 7
  STATE SENATOR 7TH DISTRICT (2 YEAR UNEXPIRED TERM) = 7
  Senator, District 7 = 7
  Senator in the General Assembly, 7th District = 7
  State Senator (7th District) (R) = 7
  Senate District # 7 = 7
  State Senator Dist. 7 - 4 Year Term = 7
  STATE SENATOR, ODD NUMBERED DISTRICT 7 = 7
  FOR STATE SENATOR 7TH SENATORIAL DISTRICT = 7
STATE HOUSE
  State Rep. Pos. 1, LD 31 = 31-1
  State Representative Pos. No. 2 District 31 = 31-2
  State Representative, Legislative District 31, Position 2 = 31-2
  LD 31 State Representative 2 = 31-2
  STATE REPRESENTATIVE DIST 4 SEAT A = 4A
  State Representative District 04B = 4B
  House 5 Seat B = 5B
  Representative in General Assembly 34th District = 34
  REPRESENTATIVE IN GENERAL ASSEMBLY - DISTRICT 99 = 99
  REPRESENTATIVE IN THE GENERAL ASSEMBLY THIRTY-FOURTH REPRESENTATIVE DISTRICT = 34
  118th Representative District = 118
  118TH REPRESENTATIVE DISTRICT STATE REPRESENTATIVE = 118
  State Representative 118th Representative District (DEM) = 118
  REPRESENTATIVE IN GENERAL COURT 3rd Essex District = 3 ESSEX
  Representative in General Court, Barnstable, Dukes & Nantucket District = BARNSTABLE DUKES NANTUCKET
  State Representative Hillsborough District 44 (Floterial) = HILLSBOROUGH 44
  State Representative Hillsborough Dist. No. 12 = HILLSBOROUGH 12
  State Rep. Belknap 7 = BELKNAP 7
  STATE REPRESENTATIVE WINDHAM-2 = WINDHAM 2
  State Representative Windsor-Orange-1 = WINDSOR ORANGE 1
  Representative to General Assembly Addison-4 = ADDISON 4
  HOUSE OF DELEGATES DISTRICT 27 = 27
  HOUSE OF DELEGATES LEGISLATIVE DISTRICT 9A = 9A
  MEMBER, HOUSE OF DELEGATES, 88TH DISTRICT = 88
  DELEGATE DISTRICT 7 = 7
  House of Delegates - Seventh Delegate District = 7
  WV House of Delegates District 88 = 88
  Member of the Assembly 130th District = 130
  MEMBER OF ASSEMBLY 130TH ASSEMBLY DISTRICT = 130
  NYS Assembly 130 = 130
  New York State Assembly, 130th District = 130
  Assemblyman 130th District = 130
  State Assembly Dist 14 = 14
  Nevada State Assembly, District 14 = 14
  REP. TO THE ASSEMBLY, DIST. 14 DEM = 14
  GENERAL ASSEMBLY DISTRICT 14 = 14
  Members of the General Assembly - 14th District = 14
  NC HOUSE OF REPRESENTATIVES DISTRICT 044 = 44
  NC HOUSE OF REPRESENTATIVES DISTRICT 117 - REP = 117
  Tennessee House of Representatives 65 = 65
  TN House District 65 = 65
  STATE HOUSE OF REPRESENTATIVES DISTRICT 70 = 70
  SC House of Representatives District 70 = 70
  State House of Representatives, House District 21 DEM = 21
  STATE REPRESENTATIVE 21ST LEGISLATIVE DISTRICT = 21
  State Representative HD21 = 21
  House District 21 State Representative = 21
  H21 State Representative = 21
  State Rep H21 = 21
  State Representative Dist. XXI = 21
  State Representative District VII = 7
  State Representative (21st District) REP = 21
  Representative in the General Assembly, District 21 = 21
  Representative to the General Assembly, 21st District = 21
  Rep. in Gen. Assembly Dist. 21 = 21
  Rep Gen Assembly 21 = 21
  State Representative-21 = 21
  ST REP 21 = 21
  St. Rep. 21st Dist = 21
  ST REPRESENTATIVE DIST 21 = 21
  Representante Estatal Distrito 21 = 21
  State Representative 21st Rep. Dist. = 21
  House of Representatives 99th District = 99
  Representative, Legislative District 9 = 9
  Legislative District 9 House Seat B = 9B
  HOUSE OF REPRESENTATIVES LEGISLATIVE DISTRICT 9 POSITION 1 = 9-1
  State Representative, District 9 (Vote for up to 2) = 9
  State Representatives District 9 Vote for no more than 2 = 9
  North Dakota State Representative District 9 = 9
  State Representative District 9 Subdistrict A = 9A
  UTAH HOUSE DISTRICT 9 = 9
  Hawaii State Representative, District 48 (REP) = 48
  State Representative, Dist 48 = 48
  DEM State Representative District 7 = 7
  State Representative, 7th District - Republican = 7
  (R) State Rep Dist 7 = 7
  State Rep 7 = 7
  STREP 7 = 7
  State Representative 7A = 7A
  State Rep. 7-A = 7A
  State Representative District 7, Seat 1 = 7-1
  State Representative District 7, Position B = 7B
  State Rep District 7 Pos. B = 7B
  House Of Representatives District 77 = 77
  Member of the House of Delegates 7th District = 7
  Delegate - District 7 = 7
  Delegate, 7th District = 7
  7th Assembly District = 7
  Assemblyperson District 7 = 7
  Member of the General Assembly, 7th Legislative District = 7
  House of Representatives - 7th Representative District = 7
  Representative 7th District = 7
  State Representative, Merrimack County, District 7 = MERRIMACK 7
  Representative in General Court 7th Hampden = 7 HAMPDEN
  State Representative Rutland 7 = RUTLAND 7
  House of Representatives District 7A Special Election = 7A
  State Representative District 7 Unexpired Term = 7
other
  Legislative Dist. No. 31 = 31: LEGISLATURE
  LD 31 = 31: LEGISLATURE
  LEGISLATIVE DISTRICT 31 - DEM = 31: LEGISLATURE
  Judge of the Court of Appeals, 3rd Circuit = 3: Judge of the Court of Appeals
  Circuit Judge 9th Circuit Seat 2 = 9-2: Circuit Judge
  CIRCUIT COURT JUDGE, CIRCUIT 11, DIVISION 4 = 11-4: CIRCUIT COURT JUDGE
  Judge, 14th Judicial Circuit = 14: Judge
  Lieutenant Governor
  Lt. Governor
  Attorney General
  State Auditor
  Auditor of State
  Secretary of the State
  State Controller
  Register of Wills
  Senate President
  President of the Borough Council
  Borough Assembly District 4 = 4: Borough Assembly
  Borough Assembly Seat A = A: Borough Assembly
  Town Moderator
  District Attorney 11th Judicial District = 11: District Attorney
  Prosecuting Attorney
  State's Attorney
  County Legislator District 9 = 9: County Legislator
  County Legislator, 9th Legislative District = 9: County Legislator
  County Legislature District 9 = 9: County Legislature
  Representative Town Meeting District 4 = 4: Representative Town Meeting
  City Representative District 3 = 3: City Representative
  Governor's Council 5th District = 5: Governor's Council
  Councillor Third District = 3: Councillor
  Register of Deeds
  Judicial Delegate 57th Assembly District = 57: Judicial Delegate
  Delegate to Judicial Convention 57th Assembly District = 57: Delegate to Judicial Convention
  State Committee 57th Assembly District = 57: State Committee
  House Rules Question
  Senate Joint Resolution 7
  SENATE BILL 12
  House Joint Resolution 4
  Legislative Referendum 131
  Constitutional Amendment (SJR 5)
  Board of Education District 2 = 2: Board of Education
  State School Board 3rd District = 3: State School Board
  Regent Congressional District 3 = 3: Regent
  University of Nebraska Board of Regents District 3 = 3: University of Nebraska Board of Regents
  Board of Regents, District 3 = 3: Board of Regents
  Public Service Commissioner, 2nd District = 2: Public Service Commissioner
  Transportation Commissioner Central District
  Railroad Commissioner
  Supreme Court Justice Dept. C = C: Supreme Court Justice
  Justice of the Supreme Court, Seat 3 = 3: Justice of the Supreme Court
  Chief Justice of the Supreme Court
  Supreme Court Justice, Place 4 = 4: Supreme Court Justice
  Judge of the Superior Court, Position 21 = 21: Judge of the Superior Court
  Superior Court Judge Position No. 21 = 21: Superior Court Judge
  Commissioner Precinct 3 = 3: Commissioner
  County Commission District 3 Seat B = 3B: County Commission
  Police Juror District 4 = 4: Police Juror
  Justice of the Peace Ward 4 = 4: Justice of the Peace
  School Committee Ward 3 = 3: School Committee
  Selectman
  Sheriff
  President, Board of Education
  President of City Council
  Vice President of the Senate
  US Bankruptcy Advisory Question
  House of Correction Bond Issue
  District 9 AK = 9: District AK
  Dist 3 Strafford = 3: Strafford
  DISTRICT 5 - DEM = 5: DISTRICT - DEM
  Amendment 1 (HB 1001)
  Supreme Court Justice (Smith)
  Judge of Probate
  Sheriff (1234) = : Sheriff
  Commissioner of Public Lands
  State Representative Committee
  Democratic County Committee District 7 = 7: Democratic County Committee
  House Joint Memorial 7
  Township Board Member Seat 3 = 3: Township Board Member
  General Assembly Scholarship Question
  City Council Member, General
  Alderman Ward 3 - Unexpired Term = 3: Alderman
"""


@pytest.mark.parametrize(("name", "office", "place"), names_of(NAMES))
def test_office_and_place(name: str, office: str, place: str) -> None:
    read = office_name(name)
    assert (read.office, read.place, read.standard) == (office, place, office in STANDARD)
