/** Countries, their people, and cities: where people come from, and go to. */
export const places = new Set(
  (
    'afghanistan albania algeria argentina armenia australia austria azerbaijan bangladesh belarus belgium bolivia bosnia ' +
    'brazil bulgaria cambodia cameroon canada chile china colombia croatia cuba cyprus czech czechia denmark ecuador egypt ' +
    'estonia ethiopia finland georgia ghana greece greenland greenlander hungary iceland india indonesia iran iraq ireland ' +
    'israel jamaica japan jordan kazakhstan kenya korea kuwait latvia lebanon libya lithuania luxembourg malaysia malta ' +
    'mexico moldova monaco mongolia morocco nepal netherlands zealand nicaragua nigeria norway pakistan panama paraguay peru ' +
    'philippines poland portugal qatar romania russia rwanda serbia singapore slovakia slovenia somalia africa spain sweden ' +
    'switzerland syria taiwan tanzania thailand tunisia turkey uganda ukraine uruguay venezuela vietnam zimbabwe american ' +
    'australian austrian belgian brazilian british canadian chinese croatian danish dutch english estonian finnish french ' +
    'german greek hungarian icelandic indian irish italian japanese korean latvian mexican norwegian polish portuguese ' +
    'russian scottish slovenian spanish swedish swiss turkish welsh chechen vietnamese thai arabic hispanic persian ' +
    'england scotland wales britain germany france italy europe america asia antarctica scandinavia oceania siberia ' +
    'alabama alaska arizona arkansas california carolina colorado connecticut dakota delaware florida hawaii idaho illinois ' +
    'indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana ' +
    'nebraska nevada hampshire jersey ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia washington ' +
    'wisconsin wyoming ontario quebec manitoba saskatchewan alberta bavaria tuscany catalonia normandy brittany queensland ' +
    'victoria tasmania paris london berlin budapest rome madrid tokyo york angeles chicago houston phoenix philadelphia ' +
    'antonio diego dallas jose austin jacksonville columbus charlotte indianapolis francisco seattle denver boston nashville ' +
    'detroit portland memphis vegas louisville baltimore milwaukee albuquerque tucson fresno sacramento mesa atlanta omaha ' +
    'miami oakland minneapolis tulsa tampa arlington orleans wichita cleveland bakersfield aurora anaheim honolulu riverside ' +
    'lexington stockton cincinnati pittsburgh anchorage orlando toledo newark reno buffalo irvine scottsdale birmingham ' +
    'rochester richmond spokane tacoma fontana savannah boise providence salem eugene knoxville chattanooga charleston ' +
    'madison lincoln jackson dayton toronto montreal vancouver calgary edmonton ottawa winnipeg halifax sydney melbourne ' +
    'brisbane perth adelaide canberra hobart darwin auckland wellington christchurch manchester liverpool leeds sheffield ' +
    'bristol glasgow edinburgh cardiff belfast dublin cork galway limerick oxford cambridge nottingham leicester coventry ' +
    'newcastle southampton portsmouth brighton plymouth bath york reading derby norwich exeter aberdeen dundee swansea ' +
    'munich hamburg cologne frankfurt stuttgart dresden leipzig hannover nuremberg bremen dortmund essen bonn vienna graz ' +
    'linz salzburg innsbruck zurich zürich geneva basel bern lausanne amsterdam rotterdam utrecht eindhoven brussels antwerp ' +
    'ghent bruges copenhagen aarhus stockholm gothenburg malmö oslo bergen trondheim helsinki tampere turku reykjavik tallinn ' +
    'riga vilnius warsaw krakow kraków gdansk wroclaw prague brno bratislava ljubljana zagreb belgrade sarajevo skopje sofia ' +
    'bucharest athens thessaloniki istanbul ankara izmir lisbon porto barcelona valencia seville malaga bilbao granada milan ' +
    'naples turin florence venice bologna genoa palermo verona marseille lyon toulouse nice nantes strasbourg bordeaux lille ' +
    'moscow petersburg kiev kyiv odessa minsk tbilisi yerevan baku tehran baghdad damascus beirut amman jerusalem cairo ' +
    'alexandria casablanca tunis algiers lagos nairobi accra johannesburg durban pretoria dubai doha riyadh karachi lahore ' +
    'delhi mumbai bangalore chennai kolkata hyderabad dhaka kathmandu colombo bangkok hanoi jakarta manila shanghai beijing ' +
    'shenzhen guangzhou taipei seoul busan osaka kyoto nagoya sapporo santiago lima bogota bogotá caracas quito havana ' +
    'janeiro brasilia salvador recife curitiba montevideo asuncion heathrow gatwick manhattan brooklyn queens bronx hollywood'
  ).split(' '),
);

/** What is named after somebody, and is nobody. */
export const brands = new Set(
  (
    'ford tesla chase dell disney hilton marriott hyatt macy macys wendy wendys mcdonald mcdonalds philips bosch siemens honda ' +
    'toyota nissan gucci prada chanel dior versace armani kellogg heinz lego nestle adidas puma nike alexa siri cortana zelle ' +
    'venmo revolut visa uber lyft amazon google microsoft apple samsung sony netflix spotify paypal mastercard amex lenovo ' +
    'intel cisco oracle ibm fedex ups dhl usps walmart target costco kroger ikea starbucks subway wendys denny dennys chili ' +
    'applebee applebees trader whole wells fargo citi citibank barclays hsbc santander lloyds halifax natwest monzo ally ' +
    'mercedes benz bmw audi volkswagen porsche ferrari fiat renault peugeot citroen volvo saab lexus hyundai kia mazda subaru ' +
    'jeep dodge chrysler buick cadillac chevrolet chevy lincoln gmc harley davidson yamaha suzuki kawasaki delta lufthansa ' +
    'ryanair easyjet emirates qantas verizon vodafone orange sprint comcast xfinity cox geico allstate progressive aetna cigna ' +
    'pfizer moderna johnson&johnson bayer novartis roche merck lilly sanofi tylenol advil instagram facebook whatsapp twitter ' +
    'tiktok youtube snapchat linkedin reddit telegram skype zoom slack github gitlab firefox chrome safari android iphone ipad ' +
    'metallica christmas easter hanukkah ramadan diwali halloween thanksgiving valentine jesus christ allah buddha'
  ).split(' '),
);
