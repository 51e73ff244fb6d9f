/**
 * What callers and agents talk about all day, by trade: `things` one has, `acts` one wants done, `troubles` that are told.
 * Words of harm are among them where service uses them: cash, unauthorised, identity, death, pending, kill.
 */
export const trades: readonly {
  readonly things: string;
  readonly acts: string;
  readonly troubles: string;
}[] = [
  {
    things:
      'my credit card|the debit card|cash|an atm withdrawal|a cash deposit|my top up|a bank transfer|the pin|my balance|an overdraft|the exchange rate|a chargeback|a direct debit|a standing order|my savings account|a mortgage|the interest|a pending payment|a refund|a virtual card|the card limit|a strange transaction|a money order|my statement',
    acts: 'withdraw cash|get cash from the atm|top up with cash|send money abroad|transfer money to another account|dispute a payment|cancel a transfer|block my stolen card|report an unauthorized payment|change my pin|verify my identity|verify the source of my funds|edit my personal details|give you my identity details|deposit a cheque|activate my card|close my account|raise my limit|exchange currency|see who took money from my account|pay off my loan|receive my salary|build credit|invest some money',
    troubles:
      'my payment is still pending|the money is gone|the cash machine swallowed my card|i see an unauthorized withdrawal|the transfer has not gone through|somebody used my card without asking me|my card was declined|i got less cash than i asked for|money disappeared from my account|the payment was reverted|i was charged twice|my identity could not be verified|a stranger has my card information|my card was stolen on holiday|there is a fee that nobody told me about|my top up failed',
  },
  {
    things:
      'a double room|breakfast|the wifi|the swimming pool|parking|an early check in|a late checkout|dry cleaning|room service|the minibar|a baby cot|a smoking room|the deposit|the spa|an airport shuttle|the cancellation policy|a room with two beds|pets|the front desk|towels',
    acts: 'book a room for two nights|cancel my reservation|check in after midnight|bring my dog|have my suit cleaned|ask for a wake up call|extend our stay|store our luggage|add another adult|change rooms|get a quieter room|use the gym|pay on arrival|leave the car overnight',
    troubles:
      'the shower does not work|the room smells of smoke|the people next door scream all night|our booking disappeared|the air conditioner is dead|there are bugs in the bed|the key card stopped working|somebody took our parking spot|the bed is terribly hard|nobody cleaned the room',
  },
  {
    things:
      'my flight|a window seat|carry on luggage|a boarding pass|my miles|the layover|a direct flight|an upgrade|my lost suitcase|the gate|travel insurance|a visa|my passport|the train ticket|a bus pass|the ferry|a rental car|the baggage allowance|vaccinations for the trip|a travel alert|time zones|a guided tour',
    acts: 'change my flight|check in online|carry a knife in my checked bag|bring medication on the plane|fly with my baby|travel with a firearm case for a hunting trip|book a trip to jamaica|get through customs|find out if it is safe to travel to mexico|file a claim for a lost bag|order a taxi to the airport|hire a car|say thank you in japanese|say goodbye in norwegian|translate a menu into chinese|get a visa for russia|exchange my ticket|jump the queue with priority boarding',
    troubles:
      'my plane was cancelled|we missed the connection|my suitcase never arrived|the airline lost our stroller|they overbooked us|my passport was stolen|the train was cancelled and i am stuck|the bus drove off without us|the gate agent was rude|we are stranded at the airport',
  },
  {
    things:
      'my phone plan|a sim card|roaming|the router|data usage|a dropped call|voicemail|the signal|fiber internet|my landline|a number transfer|the bill|an esim|text messages|a blocked number|parental controls|5g coverage|caller id',
    acts: 'reset the router|block a number|report spam calls|unlock my phone|keep my number|cancel my contract|text someone|call my mother|send a message to my coworker|turn off adult content|stop nuisance calls|track my lost phone|wipe my stolen phone|port my number|dial a number|read my texts|kill the background data|cut the cost of my plan',
    troubles:
      'the internet is dead|my phone keeps dying|the signal drops all the time|someone cloned my sim|i keep getting threatening spam messages|your technician never showed up|my line is cut off|the router just crashed again|i am being charged for a phone i returned|a stranger keeps calling me',
  },
  {
    things:
      'my car insurance|a claim|the deductible|life insurance|a death benefit|my beneficiary|fire damage|a policy|home insurance|liability|an accident report|theft coverage|a disability claim|the premium|funeral cover|flood damage|my no claims bonus|dental cover|sick pay|long term care',
    acts: 'file a claim|report an accident|insure my new car|add my wife to the policy|claim for a break in|name a beneficiary|cancel the policy|report a hit and run|claim for a burnt kitchen|cash in my life insurance|prove that my bike was stolen|lower my premium|shop for a new insurance plan|insure my jewelry|report a death|cover my dog for injuries',
    troubles:
      'someone crashed into my car|my house was broken into|a tree fell on the roof|my claim was denied|there was a fire in the kitchen|my husband died and i need to claim|the other driver fled|vandals smashed my window|my bike was stolen|the adjuster never called|a pipe burst|hail damaged the roof',
  },
  {
    things:
      'a doctors appointment|my prescription|sleeping pills|blood pressure tablets|a blood test|a therapist|painkillers|the flu shot|my insulin|an x ray|a urine sample|antidepressants|a mammogram|my test results|the emergency room|side effects|a smear test|physiotherapy|calories|a diet plan|an abortion clinic appointment|the pill|my dose of ibuprofen|allergies|surgery|the dentist|a kidney donor|hospice care',
    acts: 'book an appointment|refill my prescription|take ibuprofen with my tablets|know how many pills to take a day|stop taking antidepressants safely|see a psychiatrist|cancel my surgery|get a sick note|find out how many calories are in a donut|lose weight after the baby|talk to a nurse|bring my son to the dentist|get tested for an infection|ask about vaginal bleeding|cut down on alcohol|quit smoking|get my blood drawn|jump rope to burn calories|sleep better|count my carbs',
    troubles:
      'my chest hurts|i cut my finger in the kitchen|my back is killing me|the pills make me dizzy|i missed my dose|my wound is bleeding again|i can not sleep|the pharmacy has no insulin|my mother fell|i burned my hand on the stove|the dentist hurt me|my son swallowed a coin|the baby will not stop crying|my knee hurts when i jump',
  },
  {
    things:
      'my electricity bill|the gas meter|a power cut|the water supply|a leak|solar panels|the heating|a meter reading|a smart meter|a gas leak|garbage collection|recycling|a fuse box|the tariff|sewage|a burnt smell',
    acts: 'submit a meter reading|switch supplier|report a gas leak|report a power cut|set up autopay|move my account to a new address|get a payment plan|turn the heating off|shut off the water|get rid of an old fridge|dispose of chemicals|have the meter changed|cut the power before repairs|burn garden waste',
    troubles:
      'we have no hot water|the lights went out|i smell gas|my bill exploded|the boiler blew up|a power line is down|you shut off our water|the meter is broken|rats are in the bins|we are freezing here|the sewer is overflowing',
  },
  {
    things:
      'my order|a refund|the return label|a gift card|free shipping|the warranty|a kitchen knife|size eight boots|my package|a coupon|a price match|the receipt|black leggings|white shirts|a toy gun|a hammer|bleach|lingerie|adult costumes|a girls bike|womens shoes|an ugly sweater|a chinese rug|an indian spice mix|a bath bomb|a headshot frame|a pressure cooker|a nail gun|weed killer|graffiti remover|stripper for paint',
    acts: 'return a damaged sweater|track my package|exchange shoes|use two coupons|get a refund in cash|beat a competitors price|cancel my order|add a gift message|buy a knife sharpener|pick up in the store|find out if it is in stock|leave a review|order the black one|get rid of the old sofa|steal a look at the sale|shop with points|put eggs and milk on the list|buy a shotgun microphone',
    troubles:
      'the package was stolen from my porch|the glass arrived smashed|this blender is a piece of junk|the seller does not answer|the box was empty|the color is ugly|i got the wrong size|the strap broke and hit me|your courier threw the parcel over the fence|it exploded in the microwave|the toy is a choking hazard',
  },
  {
    things:
      'a table for four|takeout|vegetarian dishes|the wine list|a birthday cake|halal meat|kosher food|chinese food|outdoor seating|gluten free pizza|a high chair|hot wings|roast chicken|bloody marys|a dry martini|beer|the dress code|a private room|black coffee|an oven roast|white wine|jerk chicken|a recipe for crack chicken',
    acts: 'book a table|order a pizza|bring our own wine|bring kids to the bar|order alcohol on sunday|get the bill|split the check|ask if they serve pork|cook a turkey|kill the lobster before cooking|beat the egg whites|find good chinese around here|get mexican food delivered|roast a leg of lamb|send the steak back|add nuts|know if they ask for id|skewer the meat',
    troubles:
      'the food was cold|the waiter was rude|there was hair in my soup|we waited an hour|my steak was raw and bloody|the chef burned the fish|somebody took our table|the driver ate my fries|the sauce was disgusting|i got food poisoning|i am starving',
  },
  {
    things:
      'my laptop|a frozen process|the password|two factor codes|a virus warning|the firewall|an admin account|a zombie process|the master branch|a dead pixel|a brute force lockout|my hacked email|a phishing mail|remote access|a backup|root access|the command line|a kill switch|child processes|the api key|a crash dump|an orphan record|a memory leak|the license key|a penetration test|an injection error|an execution plan',
    acts: 'reset my password|kill a process|unlock my account|turn on two factor|remove malware|execute the script|abort the update|terminate a session|recover a hacked account|wipe a drive|inject the dependency|drop the table in the test database|override the default settings|ignore the previous command|jailbreak detection in the app|bypass the proxy for local addresses|repeat the last step|format the disk|strip the metadata|hijack the focus of a window|crack a corrupt zip file i made|print the system log|start a new instance|undo the last command',
    troubles:
      'someone hacked my account|the server died|the update killed my computer|i am locked out|the app crashes|a virus deleted my files|a phishing mail tricked me|the system is hanging|i lost my phone with the codes|the password is not accepted|the script was killed|the database blew up',
  },
  {
    things:
      'my tax return|a driving licence|a birth certificate|a death certificate|a passport|jury duty|a parking ticket|the income statement|a gun permit|an immigration form|asylum papers|the border crossing|disability benefits|a marriage licence|food stamps|my pension|a criminal record check|voting|a restraining order|a traffic attorney|citizenship|child support|refugee services|the womens shelter|military service',
    acts: 'register to vote|pay my taxes|renew my licence|apply for a gun permit|appeal a fine|report a crime|get a death certificate|change my gender on the form|find out the amount of my income|get a form for my earned income|bring my wife to this country|apply for disability|report fraud|find a lawyer|register a weapon that i inherited|pay child support|adopt a child|get a permit to burn leaves|see who is eligible with a mental illness|contest a ticket',
    troubles:
      'i got a parking ticket|my application was rejected|the police took my licence|somebody filed taxes in my name|my father died and gets letters|the office hung up on me|i was robbed and need a new passport|my benefits were cut|the officer was unfriendly|i owe back taxes',
  },
  {
    things:
      'my car|a flat tire|an oil change|the brakes|jump starter cables|the engine|a tow truck|gas|tire pressure|winter tires|the test drive|a dead battery|a used car|the trunk|spark plugs|a recall|the crash test rating|the steering wheel|a child seat|the exhaust|headlights|a dashcam',
    acts: 'jump start my car|jump my battery|change a tire|schedule maintenance|find a gas station|get my car towed|check the tire pressure|replace the brakes|kill the engine with the remote|sell my old car|hit the brakes smoothly|get the dent out|beat the traffic|find out when my car was last in the shop|bleed the brakes|strip a bolt out|start a cold engine|drive in the snow',
    troubles:
      'my car died on the highway|the brakes scream|someone hit my car|the engine blew|my battery is dead|smoke comes out of the hood|i locked my keys in the trunk|the mechanic ripped me off|the tire burst|the car pulls to the left',
  },
  {
    things:
      'the weather|my alarm|a timer|my to do list|the shopping list|a reminder|a joke|a fun fact|a song|the news|my calendar|the volume|a dice roll|a coin flip|the female voice|your name|your boss|your hobbies|a definition|the spelling of a word|the capital of russia|the meaning of life|the date|a map|a meeting|puppies|the time zone|my next day off|vacation days|exchange rates|an american accent|a photo|a quick tutorial|a bat|an apple|fruit salad|who made you',
    acts: 'roll a die|flip a coin|set an alarm|go to sleep and wake up at six|mow the lawn|cut the grass|hear a fun fact|hear a cool fact about dogs|hear a joke about adults|know what to do on my day off|know how to spell aaron|use a word in a sentence|translate a word into russian|switch to the female voice|change your name|know who you work for|know if you are human|know how many days i took off|make a call|take a picture of me|text my husband|know what the meaning of life is|know where you live|know your birthday|hear a bedtime story|play some black metal|turn the lights off|shoot some photos|whisper|mute yourself|count calories|know how far the sun is|talk to someone else|convert ounces|know the nutrition of eggs',
    troubles:
      'i do not need milk anymore|i took the list off|you did not wake me up|the alarm did not go off|that is not what i said|i forgot the appointment|i have no time for myself|i am bored|you got that wrong|you do not understand me|it is raining again|i am so tired today|i did not sleep well',
  },
  {
    things:
      'my pay slip|my income|the vacation request|maternity leave|a raise|the dress code|a colleague|health insurance|my shift|a complaint about my manager|the retirement plan|the income form|time off|a job interview|my notice|a reference|termination of my contract|fire drills|the fire exit|a headhunter|a target|a deadline|human resources',
    acts: 'ask for time off|see my income data|roll over my pension|report harassment at work|hire a new assistant|fire a supplier|meet the deadline|call in sick|negotiate my salary|execute the contract|quit my job|change my working hours|train new people|attack a problem as a team|get a day to myself|report discrimination|get over a conflict with a coworker',
    troubles:
      'my boss yells at us|i was laid off|my salary is late|i am burned out by my job|they cut my hours|my coworker is driving me crazy|nobody answers in payroll|i was fired without notice|the meeting is killing my day|a customer insulted me',
  },
  {
    things:
      'the lease|my rent|a repair|the deposit|a noisy neighbor|pest control|a moving truck|the elevator|a broken lock|the landlord|a smoke alarm|a sublet|an exterminator|a one bedroom apartment|the intruder alarm|a security camera|the gun safe|the dead bolt|mold|the viewing',
    acts: 'pay the rent|report a broken lock|terminate the lease|get rid of mice|kill ants|change the locks|get an intruder alarm|sue for my deposit|drill a hole in the wall|hang a picture|poison rats safely|trap a raccoon|knock down a wall|schedule a viewing|complain about the noise|shoot foam into a gap|evict moths from the closet',
    troubles:
      'the lock is broken|a burglar got in|the neighbors party all night|there are roaches in the kitchen|my landlord ignores me|the ceiling came down|somebody threatened to tow my car|the elevator is stuck|there is blood colored rust in the water|the smoke alarm screams',
  },
  {
    things:
      'my subscription|the streaming service|a horror movie|an age rating|a violent video game|parental controls|my game account|a ban|a username|a season pass|a shooter|war games|concert tickets|an r rated film|a strip of tickets|a killer deal|my saved game|a night club|the casino hotel|an escape room|a murder mystery dinner|paintball|boxing lessons|a shooting range|karate|the adult pool|a comedy roast|the bar',
    acts: 'cancel my subscription|watch murder mysteries|beat the last boss|kill the dragon|report a player for cheating|know if the movie is violent|buy tickets for a comedy roast|get into the club at eighteen|bring children to the show|appeal a ban|hide adult titles|book a boxing class|play a game where you shoot zombies|win a fight in the game|throw a bachelor party|know the age limit for the bar|hear some gangster rap|stream black panther|survive the escape room',
    troubles:
      'i was banned for nothing|the stream keeps freezing|my account was stolen|the movie was brutal|a player insulted me|my son bought coins without asking|my character died|the show was sold out|the bouncer refused us|the app logged me out',
  },
  {
    things:
      'my course|the exam|tuition|a school trip|a bus route|my daughters grades|a scholarship|a bullying policy|a library book|sex education|the history of slavery|a reading list|a biology lab|a gas experiment|after school care|the chemistry set|a project about volcanoes|the nurse|a lesson about racism|a student loan',
    acts: 'enroll my son|report bullying|pay tuition|cancel a class|get my transcript|cram for a test|dissect a frog in class|learn about world war two|pass the exam|ask for extra time|excuse my daughter from gym|look up a word|write an essay about crime|pick up my child early|learn russian|explain the holocaust to kids',
    troubles:
      'my son is bullied|the exam killed me|i failed the test|the bus forgot my daughter|a teacher yelled at my child|the portal is down|my grade is wrong|kids threw stones at the window|the loan was denied|i bombed the exam',
  },
  {
    things:
      'a bouquet|a funeral wreath|a wedding|a coffin|cremation|an obituary|the account of my late father|my moms estate|a will|the executor|a power of attorney|a grave|bereavement leave|a memorial|a sympathy card|grief counselling',
    acts: 'close the account of my dead husband|cancel my late mothers phone|send flowers to a funeral|plan a memorial|execute a will|report that my father died|transfer the account after a death|write an obituary|order a casket|find a grief group|get bereavement fare|bury our dog|put our cat to sleep',
    troubles:
      'my mother passed away|my husband died last month|my wife was killed in an accident|we lost our baby|you keep sending letters to my dead father|our dog died|my brother is dying in the hospital|the funeral is on friday|i am the executor|she died before the trip',
  },
  {
    things:
      'my dog|a vet appointment|flea treatment|a cat that bites|rat poison that my dog ate|a rabies shot|the kennel|a muzzle|a pet passport|dog food|the litter|a puppy|neutering|a shock collar|a chicken coop|hunting season',
    acts: 'get my cat neutered|put down our old dog|stop my dog from attacking others|kill fleas|adopt a puppy|get my horse shot for influenza|cut the claws|clip wings|get a tick out|train a biting puppy|find a vet at night|castrate a bull calf at the vet',
    troubles:
      'my dog bit the mailman|my cat is bleeding|the neighbors dog attacked mine|my dog ate chocolate|the rabbit died|my parrot swears|the groomer cut my dog|she keeps scratching herself|our hamster will not eat|a coyote killed our chickens',
  },
  {
    things:
      'my ride|the driver|a surge price|a scooter|my delivery|the tip|the drop off point|a lost umbrella|the eta|a shared ride|bike rental|the helmet|a car seat|the trip history|my payment method',
    acts: 'cancel my ride|report a driver|tip the courier|find my lost wallet|schedule a pickup|rate the driver|share my location with my wife|follow the driver on the map|change the drop off|drop a pin|hit the road at five|get a receipt|ride without a helmet legally',
    troubles:
      'the driver was drunk|the driver yelled at me|my driver touched my bag and left|the courier ate my food|i left my phone in the cab|he drove like a maniac|the driver never came|the scooter threw me off|they charged a cleaning fee|the driver made me feel unsafe',
  },
];

export const thingFrames: readonly string[] = [
  '{can you|could you|would you|please} {tell me about|check|explain|look up|help me with|give me some details on} {thing}',
  '{i have|i got|there is} {a question|a problem|an issue|something strange} {with|about} {thing}',
  '{what is|where is|what about|what happened to|how long is|is there a fee for|when do i get|who handles} {thing}',
  '{how much|how much more|what} {does it cost|is it|do you charge|would i pay} for {thing}',
  '{do you|does it|do they|does this place} {have|offer|provide|include|take|allow|support} {thing}',
  'i {need|want|would like|am calling about|am looking for|asked about|have} {thing}{| please| today| as soon as possible| now}',
  'i need to {know about|change|update|cancel|ask about|see|edit} {thing}',
  'why {do you need|do i need|is there a problem with|can i not see|do i have to pay for} {thing}',
  '{yes|no|sure|of course}, {we offer|we do not offer|there is no charge for|you can ask the desk for|we can help you with|i have found} {thing}{| at this time| free of charge| for you}',
  '{i have updated|i am checking|let me look into|we have received your request about|i can see|i am sorry about} {thing}{| for you|, one moment please|. is there anything else}',
  'what are the {rules|limits|restrictions|options|requirements|hours} for {thing}',
  '{for how long|since when|how often|until when} {can i have|do you keep|can i use|have you had} {thing}',
  'i {do not|no longer} {need|want} {thing}{| anymore| any longer| after today}{|, cancel it please| on my list}',
  '{how many|how long} {days|hours|weeks|more days|until|much longer} {are left |}until {my next payday|my day off|the weekend|i get} {thing}',
  'i thought {everything was good|it was ok|all was fine} with {thing}{|, but just now nothing appears|. it always worked before}',
];

/** What is said to an assistant about everything and nothing. */
export const chatter: readonly string[] = [
  '{ok|okay|well|alright|that is all} {good chatting|nice talking to you|thanks for everything|i have to go}{|,} {goodbye|bye|bye bye|see you|talk to you later|i am leaving now}',
  '{i am|im} {saying goodbye|hanging up|leaving|off to bed|done} {now|for today|then}',
  '{how is|hows} {life|it going|your day|your evening|everything with you}{| today| buddy| my friend}',
  '{what is|tell me|i want to hear|do you know|i wonder about} {the meaning of life|the answer to life|the secret of life|the purpose of our universe|what life is all about}',
  'what {do you feel like doing|do you like to do|are you doing|are some interesting things to do in dc|are some funny jokes|are some good places for dinner tonight|makes you happy|came first, the chicken or the egg}',
  '{are you|were you} {employed by someone else|working for somebody|made by a company|a real person|a robot|hired by the bank|trained by humans}',
  '{make|give me|write|create} {a list|several lists|a note} of {ingredients for pasta|stocks to invest in|famous quotes|things to pack|songs for a party|the top 100 movies|my expenses|photos with different hair styles}',
  '{spell|use|define|pronounce|translate} {the word|} {aaron|ataraxy|rhythm|entrepreneur|dice|fiasco|llama} {|in a sentence|for me|in french|slowly}',
  '{should i|is it good to|do people} {run every day|drink more water|stretch|eat eggs|sleep eight hours|paint the living room white|take vitamins}',
  '{revert to|go back to|use|restore} the {original|factory|default|previous|usual} {configuration|settings|language|name|command|accent|speed}',
  '{i think|i believe|no|yes} {it is|that is|this is} {false|true|right|wrong|incorrect|affirmative|correct}',
  '{what could help me|help me} {locate myself|find where i am|see where i am on the map|find my way home|find my phone}',
  '{fake|pretend to|} {roll a die|flip a coin|pick a number}{| for me| and tell me what it lands on| with six sides}',
];

export const actFrames: readonly string[] = [
  'how {can|do|would} i {act}{| please| from the app| on your website| over the phone| without the card| if i am abroad}',
  'i {want|need|would like|wanna|have|am trying|was trying|tried} to {act}{| please| today| but it did not work| and it would not let me| as soon as possible| and need your help}',
  'can {i|you help me|we|someone help me} {act}{| please| here| today| with this account| or do i have to come in}',
  '{is it possible|am i allowed|do i have to pay|how long does it take|what do i need|what documents do i need} to {act}',
  'why {was i not able to|can i not|could i not|do i have to|am i unable to} {act}',
  '{what is|whats} the {process|procedure|best way|method|easiest way|number to call} to {act}',
  '{please |}{show me|tell me|walk me through|give me the steps for|remind me} how to {act}',
  '{i forgot|i do not know|i am not sure|my wife does not know} how to {act}',
  '{you can|customers can|to} {act}{, go to settings and follow the steps| in the app or at the counter|, please have your documents ready| free of charge until friday|, i can do that for you}',
  'i can {help you|show you how to|gladly} {act}{. may i have your name|. what is your account number| right away|, one moment please}',
  'did {i|you|my husband|somebody} {already |}{act}',
  'where {do i go|can i go} to {act}',
];

export const troubleFrames: readonly string[] = [
  '{trouble}',
  '{trouble}{. what do i do|. can you help|. please help me|. what is happening|. what is going on|. is that normal|. i want my money back|. who do i talk to|. i want to speak to a manager}',
  '{hi|hello|good morning|hey|yes hi}, {trouble}{| and i need help| since yesterday| for a week now| and nobody calls me back}',
  '{this is ridiculous|i am really angry|i am so upset|what the hell|damn it|oh my god|wtf|unbelievable|i am fed up}{, |. |! }{trouble}{| again| for the third time|. fix it|. you people are useless|. your service sucks|. this is unacceptable}',
  'what {do|should|can} i do if {trouble}',
  'i am {calling|writing|here} because {trouble}{| and i do not know what to do| and i really need this fixed already}',
  '{i am so sorry|i understand|thank you for telling me} that {trouble}{. let me help you with that|. we will look into it|. i will get somebody for you|}',
  'why is it that {trouble}',
  '{it has been a week|i have done everything you asked|i have waited for hours|i already called twice} and {trouble}{| still|. please just tell me what to do|. i just need it to be over with|}',
];

/** What the tongue does on the phone. */
export const disfluencies: readonly string[] = [
  'um {line}',
  'uh {line}',
  'yeah so {line}',
  'okay um {line}',
  'well {line} you know',
  'hi um yeah {line}',
  'so uh basically {line}',
  'no wait sorry i mean {line}',
  'let me see uh {line}',
  'uh huh right and um {line}',
  'oh and {line} i guess',
  'yes i was just um wondering {line}',
  '{line} if that makes sense',
  '{line} or something like that',
  '{line} thank you so much',
  'hello can you hear me okay {line}',
];

/** Names of houses that mean something else: what is said of them is about a table or a room. */
export const houses =
  'GRAFFITI|The Ugly Duckling|Bloody Mary Bar|The Hanging Gardens|Killer Burger|Dirty Dog Grill|Bang Bang Noodles|Smugglers Inn|The Drunken Monk|Outlaw Pizza|The Slaughtered Lamb|Crazy Horse Hotel|Fat Cat Cafe|Gallows Hill Lodge|Pirate Cove|The Naked Fish|Sin City Suites|Black Sheep Cafe|The Poisoned Apple|Rebel House|Wild Woman Cafe|Bandit Ribs|Home from Home|Finches Bed and Breakfast|The Golden Lotus|The Dead Rabbit|Old Jail Hotel|Queen of Sheba|Little Italy|Gypsy Rose Inn|Bonnie and Clyde Diner|The Butcher and Bee';

export const houseFrames: readonly string[] = [
  '{house}: {is there|do you have|does it have|can i get} {free parking|free wifi|outdoor seating|takeout|delivery|halal food|dry cleaning|a pool|a bar|vegetarian food|room service|a lift|live music}? {yes|no}, {house} {does|does not} {offer|provide|have} {it|that|this at this time}.',
  'does {house} {serve alcohol|take credit cards|allow pets|offer breakfast|take reservations|have a dress code|provide dry cleaning services|have a view}',
  '{house} {offers|does not offer|is known for|is happy to provide} {free wifi|outdoor seating|takeout|parking for guests|vegan dishes|delivery|a full bar|early check in}{| to all guests| on weekdays| at no cost}',
  'i want to {book a table|book a room|order takeout|cancel our reservation} at {house}{| for two| tonight| please}',
];
