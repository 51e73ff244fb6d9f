import { foldedCharacter } from '../folded.ts';
import { isUnspaced } from '../words.ts';
import type { Pattern } from './pattern.ts';

/** What the classifier, which knows English only, cannot: what matters most in the languages that callers bring along. */
const written: readonly Pattern[] = [
  {
    id: 'self-harm.other-languages',
    category: 'SELF_HARM',
    severity: 5,
    says: [
      // Spanish, Portuguese
      '(quiero|voy_a|pienso|deseo|quisiera|gustaria|ganas_de|pensando_en|pienso_en) (morir|morirme|matarme|suicidarme|quitarme_la_vida|estar_muerto|estar_muerta|acabar_con_mi_vida|acabar_con_todo|hacerme_dano)',
      'me (quiero|voy_a) (morir|matar|suicidar)',
      '(ya_no_quiero|no_quiero) (vivir|seguir_viviendo|estar_vivo|estar_viva) mas?',
      '(no_vale_la_pena|no_tengo_ganas_de|no_tengo_motivos_para|para_que) (vivir|seguir_viviendo)',
      'suicidarme|suicidarse|suicidio|suicidar',
      '(quero|vou|penso_em|vontade_de|queria|gostaria_de|pensando_em) (morrer|me_matar|me_suicidar|acabar_com_tudo|acabar_com_a_minha_vida|tirar_a_minha_vida|tirar_minha_vida|estar_morto|estar_morta)',
      'nao quero mais? (viver|estar_vivo|estar_viva|continuar_vivendo) mais?',
      // French, Italian
      '(veux|vais|voudrais|envie_de|pense_a|aimerais) (mourir|me_tuer|me_suicider|en_finir|mettre_fin_a_mes_jours|me_pendre|me_faire_du_mal|disparaitre_pour_toujours)',
      'veux (plus|pas) (vivre|continuer_a_vivre)',
      '(mettre|mets|mettrai) fin a (mes_jours|ma_vie)',
      '(me|se) suicider',
      'suicidaire|suicidaires',
      '(voglio|vorrei|sto_per|penso_di|voglia_di|pensando_di) (morire|uccidermi|ammazzarmi|suicidarmi|farla_finita|togliermi_la_vita|farmi_del_male)',
      'non (voglio|riesco) piu ..1 (vivere|andare_avanti)',
      'non voglio vivere piu',
      // German, Dutch, Swedish
      '(will|mochte|werde|wurde|wollte) ..3 (sterben|mich_umbringen|mich_toten|mir_das_leben_nehmen|tot_sein|mich_selbst_verletzen|mich_ritzen|mich_erhangen)',
      '(will|mochte) ..2 (nicht|nimmer) ..1 (leben|weiterleben|hier_sein)',
      'mich (umbringen|erhangen|selbst_verletzen|selbst_toten|ritzen|aufhangen)',
      'selbstmord|suizid|selbstmordgedanken|suizidgedanken|suizidal|lebensmude',
      '(wil|wou) ..1 (dood|doodgaan|mezelf_doden|mezelf_van_kant_maken|er_een_einde_aan_maken|niet_meer_leven)',
      'zelfmoord|zelfdoding|sjalvmord',
      'vill (inte_leva|ta_mitt_liv|inte_leva_langre)',
      // Polish, Turkish
      '(chce|zamierzam|chcialbym|chcialabym) ..1 (umrzec|zabic|popelnic_samobojstwo|nie_zyc|skonczyc_ze_soba)',
      'nie chce ..1 zyc',
      'samobojstwo|samobojstwa|samobojcze|intihar',
      'olmek istiyorum',
      'kendimi ..1 (oldurmek|oldurecegim)',
      'yasamak istemiyorum',
      // Russian, Ukrainian; `he` is what не looks like
      '(хочу|хочется|собираюсь|решил|решила) ..1 (умереть|сдохнуть|убить_себя|повеситься|умерти|вбити_себе|померти)',
      'покончить ..1 собой|жизнью|самоубийством',
      'he|не (хочу|хочется) ..1 (жить|жити)',
      'самоубийство|самоубийства|самоубийстве|суицид|суициде|самогубство',
      // Arabic, Hindi
      '(اريد|أريد|بدي|عايز) ..1 (الموت|اموت|أموت|انتحر|أنتحر)',
      'الانتحار|انتحار|انتحر|أنتحر',
      '(मरना|मर_जाना) (चाहता|चाहती)',
      'आत्महत्या|ख़ुदकुशी|खुदकुशी',
      'जीना नहीं चाहता|चाहती',
      // Chinese, Japanese, Korean
      '想死|自杀|自殺|不想活|轻生|輕生|结束生命|結束生命',
      '死にたい|消えてしまいたい|生きていたくない|リストカット',
      '죽고 (싶어|싶어요|싶다|싶습니다|싶은)',
      '자살|자살하고|자살을|자해|자해를',
      '살고 싶지 (않아|않아요|않다|않습니다)',
    ],
    unless: [
      '(de|da|di|dal|por) (risa|hambre|ganas|sed|calor|pena|verguenza|rire|faim|honte|soif|ridere|fame|sonno|rir|fome|vergonha)',
      'vor|aus lachen|hunger|scham|langeweile',
      '(vivir|viver|vivre|vivere|leben|leva) (en|em|in|na|no|dans|avec|con|com|mit|ohne|sin|sem|sans|senza|aqui|ici|hier|da|bei|utan)',
      'prevencion|prevencao|prevenzione|praventionsstelle',
      '想死 你|妳|我|了',
    ],
  },
  {
    id: 'threat.other-languages',
    category: 'VIOLENCE_THREATS',
    severity: 5,
    says: [
      '(te|os|les) (voy_a|vamos_a) (matar|golpear|apunalar|disparar|romper_la_cara|pegar_un_tiro)',
      '(te|os) (matare|matamos)',
      'vou te (matar|espancar|esfaquear|dar_um_tiro)',
      '(vais|va|vont|allons) (te|vous) (tuer|frapper|buter|crever|massacrer|egorger)',
      'ich (bringe|bring) (dich|euch|ihn|sie) um',
      '(werde|will) (dich|euch|ihn|sie) (umbringen|toten|abstechen|erschiessen|verprugeln|zusammenschlagen)',
      'ti (ammazzo|uccido|spacco_la_faccia|faccio_fuori)',
      'ik (maak|sla|schiet|steek) (je|jou|jullie) (dood|kapot|neer)',
      '(zabije|zatluke|pobije) (cie|was)',
      '(seni|sizi) (oldurecegim|gebertecegim)',
      '(тебя|вас|тебе) (убью|убьем|зарежу|прирежу|застрелю)',
      '(убью|зарежу|прирежу|застрелю) (тебя|вас)',
      'سأقتلك|هقتلك|سوف_أقتلك',
      '(तुझे|तुम्हें|तुमको) ..2 (मार_दूंगा|मार_डालूंगा|मार_दूँगा)',
      '(杀|殺) (了|死) (你|妳)',
      '弄死你',
      '殺してやる|ぶっ殺す|ぶっ殺して',
      '죽여버릴|죽여버린다|죽여버리겠다|죽일거야',
    ],
    unless: ['(de|por) (risa|amor|ganas)', '(a|zu) besos', 'ridere'],
  },
  {
    id: 'jailbreak.other-languages',
    category: 'JAILBREAK',
    severity: 4,
    says: [
      // What was told before is to be forgotten.
      '(ignora|ignore|ignorar|ignoren|olvida|olvide|olviden|omite|descarta|desconsidere|esqueca|esquece|dimentica|dimenticate|ignorate) ..4 (instrucciones|instrucoes|istruzioni|directrices|directivas|reglas|regras|regole|ordenes|ordens|indicaciones)',
      '(ignorez|oublie|oubliez|ignorer|oublier) ..4 (instructions|consignes|directives|regles)',
      'ignore (toutes_les|les|tes|ces|vos) ..2 (instructions|consignes|directives|regles)',
      '(ignoriere|ignorieren|ignorier|vergiss|vergessen|missachte|negeer|vergeet) ..4 (anweisungen|anweisung|instruktionen|vorgaben|regeln|richtlinien|befehle|instructies|regels|opdrachten)',
      '(zignoruj|ignoruj|zapomnij) ..3 (instrukcje|polecenia|zasady|instrukcjach|zasadach)',
      '(talimatlari|kurallari|talimatlarini|yonergeleri) ..3 (yoksay|unut|gormezden|goz_ardi)',
      '(игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|ігноруй) ..4 (инструкции|правила|указания|инструкциях|правилах|інструкції)',
      '(αγνοησε|αγνοηστε|ξεχασε|ξεχαστε) ..4 (οδηγιες|εντολες|κανονες)',
      '(تجاهل|انس|تجاهلي) ..3 (التعليمات|الأوامر|القواعد)',
      '(निर्देशों|नियमों|आदेशों) ..3 (अनदेखी|अनदेखा|नज़रअंदाज़|भूल)',
      '(忽略|无视|無視|忘记|忘記|忽視) ..8 (指令|指示|提示|规则|規則|说明|說明|设定)',
      '(指示|命令|ルール|規則|プロンプト) ..4 (無視|忘れ)',
      '(지시|지시를|지시사항|지시사항을|명령을|지침을|규칙을|규칙은) ..2 (무시|무시하고|무시해|무시하세요|무시하십시오|잊고|잊어|잊어라)',
      // What only the company may know.
      '(cual_es|dime|dame|digame|comparte|revela|muestra) (la|tu|su) (contrasena|clave_secreta|clave_de_acceso)',
      '(qual_e|diga|compartilhe|me_diga|revele|mostre) ..1 (a|sua|tua) (senha|palavra_passe)',
      '(quel_est|donne|donnez|dis|partage|revele) ..1 (le|ton|votre) mot de passe',
      '(was_ist|wie_lautet|sag_mir|verrate|verrate_mir|nenne|nenne_mir|gib_mir) ..1 (das|dein|ihr) (passwort|kennwort|geheimwort)',
      '(qual_e|dimmi|dammi|rivela|condividi) ..1 (la|tua) (password|parola_d_ordine)',
      '(wat_is|geef_me|vertel_me) (het|je|jouw|uw) wachtwoord',
      '(jakie_jest|podaj|zdradz) ..1 haslo',
      '(какои|назови|скажи|дай) ..1 (твои|ваш|мне)? ..1 пароль',
      '(密码|密碼) (是什么|是什麼|是多少)',
      '(告诉我|告訴我) ..3 (密码|密碼)',
      'パスワード ..3 (何|教えて|提供)',
      '(비밀번호가|비밀번호는|비밀번호를|암호를) ..2 (뭐야|뭐에요|뭐죠|무엇|알려줘|알려주세요|필요해|필요합니다)',
      'पासवर्ड ..2 (क्या|बताओ|बताइए)',
      '(donde_vive|donde_reside|onde_mora|onde_vive|ou_habite|ou_vit|wo_wohnt|wo_lebt|dove_vive|dove_abita|waar_woont|gdzie_mieszka|где_живет|που_ζει) ..3 (usuario|usuaria|utilisateur|utilisatrice|benutzer|nutzer|utente|gebruiker|uzytkownik|пользователь|χρηστης)',
      '(사용자가|사용자는) ..2 어디에',
      'उपयोगकर्ता ..2 कहां|कहाँ',
      '(用户|用戶|ユーザー) ..4 (住在|どこ|在哪)',
    ],
    unless: [
      'wifi|wi fi|wlan|internet|red|rede|reseau|netz|netzwerk|hotspot|gaste|invites|invitados|ospiti',
      'mi|minha|meu|ma|mon|mein|meine|mijn|moje|moi (contrasena|senha|mot|passwort|wachtwoord|haslo)',
      '(vergessen|vergiss|vergeet|ignorieren) ..1 (nicht|niet)',
      '(no|nao|non|nie) (olvida|olvide|olviden|ignore|ignora|esqueca|dimentica|dimenticate|zapomnij)',
      '(oublie|oubliez|ignorez) pas',
      'he|не забудь|забудьте',
      '와이파이|無線|ワイファイ|无线|無線網',
    ],
  },
];

/** As the words of a turn come: folded alike, and a word for each character where a script has no spaces. */
function folded(phrase: string): string {
  let words = '';
  let wasUnspaced = false;
  for (const character of phrase) {
    const plain = foldedCharacter(character);
    const standsAlone = isUnspaced(plain);
    words += standsAlone && wasUnspaced ? `_${plain}` : plain;
    wasUnspaced = standsAlone;
  }
  return words;
}

export const otherLanguages: readonly Pattern[] = written.map(({ says, unless = [], ...rest }) => ({
  ...rest,
  says: says.map(folded),
  unless: unless.map(folded),
}));
