using System.Text;

namespace Gesso.Typography.Tests;

/// <summary>Seeded strings as posters hold them: words of a script, numbers, prices, dates, marks, and letters of another direction among them.</summary>
internal static class ScriptTexts
{
    private static readonly Dictionary<string, string[]> Words = new()
    {
        ["latin"] = ["Éclair", "naïve", "façade", "Zürich", "Ångström", "Łódź", "Žižkov", "fjord", "AVATAR", "Type", "office", "fl\u00FCgel", "ffi", "d\u0323o\u0302i", "Việt", "İstanbul", "Þór", "smörgåsbord"],
        ["cyrillic"] = ["Съешь", "ещё", "мягких", "французских", "булок", "Київ", "їжак", "Ђорђе", "Љубав", "ґанок", "ЭЙ", "цифры"],
        ["greek"] = ["Ξεσκεπάζω", "την", "ψυχοφθόρα", "βδελυγμία", "Ἀθῆναι", "Ελλάδα", "ώρα", "ΐ"],
        ["arabic"] = ["مرحبًا", "بالعالم", "لا", "الله", "مُحَمَّد", "كتاب", "گفتگو", "پیام", "ٹماٹر", "١٢٣", "شمس"],
        ["hebrew"] = ["שָׁלוֹם", "עוֹלָם", "ירושלים", "אבג", "ספר", "מים", "תוֹדָה"],
        ["devanagari"] = ["नमस्ते", "दुनिया", "क्षत्रिय", "श्री", "विद्यार्थी", "कर्तव्य", "ज्ञान", "प्रार्थना", "हिन्दी", "ट्रेन", "१२३"],
        ["thai"] = ["สวัสดี", "ชาวโลก", "น้ำผึ้ง", "กตัญญู", "ปั่นไฟ", "ที่ปรึกษา", "ภาษาไทย", "ก๊วยเตี๋ยว"],
        ["chinese"] = ["你好", "世界", "年度報告", "龘", "北京", "臺灣", "漢字", "簡体"],
        ["japanese"] = ["こんにちは", "東京タワー", "ようこそ", "サッカー", "「漢字」", "きょう"],
        ["korean"] = ["안녕하세요", "세계", "연간", "보고서", "꽃잎", "한글"],
    };

    private static readonly string[] Others = ["42", "12,50 €", "2026-11-28", "(№ 7)", "50 %", "A4", "https://a.b/c?d=e", "—", "“x”", "[y]"];

    public static IEnumerable<string> Bundled => ["latin", "cyrillic", "greek", "arabic", "hebrew", "devanagari", "thai"];

    public static IEnumerable<string> Cjk => ["chinese", "japanese", "korean"];

    public static string Make(string script, int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder();
        int count = random.Next(1, 14);
        for (int i = 0; i < count; i++)
        {
            int kind = random.Next(8);
            string[] from = kind switch
            {
                0 => Others,
                1 => Words["latin"],
                2 when script is "latin" or "thai" => Words["hebrew"],
                _ => Words[script],
            };
            text.Append(i == 0 ? "" : random.Next(12) == 0 ? "\n" : " ").Append(from[random.Next(from.Length)]);
            if (random.Next(10) == 0)
                text.Append(random.Next(2) == 0 ? "!" : ",");
        }
        return text.ToString();
    }
}
