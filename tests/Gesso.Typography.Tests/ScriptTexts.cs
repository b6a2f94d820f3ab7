using System.Globalization;
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

    private static readonly Dictionary<string, string[]> Everyday = ReadEveryday();

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

    /// <summary>
    /// One line of one to five words that people write on things: names of countries, languages, months and money (CLDR), one in eight of them chosen to be hard,
    /// numbers, prices, dates, now and then a word of Latin letters in its own direction, and rare Han.
    /// </summary>
    /// <param name="script">One of <see cref="Bundled"/>, <c>chinese-simplified</c>, <c>chinese-traditional</c>, <c>japanese</c>, <c>korean</c>.</param>
    /// <param name="covers">Whether the fonts have a rare Han character.</param>
    public static string Line(string script, int seed, Func<int, bool> covers)
    {
        var random = new Random(seed);
        bool chinese = script.StartsWith("chinese", StringComparison.Ordinal), han = chinese || script == "japanese", spaced = !han && script != "thai";
        string[] hard = Words[chinese ? "chinese" : script], everyday = Everyday[script];
        var text = new StringBuilder();
        int count = random.Next(1, 6);
        for (int i = 0; i < count; i++)
        {
            int kind = random.Next(24);
            string word = kind switch
            {
                < 3 => hard[random.Next(hard.Length)],
                3 or 4 or 5 => Number(random),
                6 => Words["latin"][han || script == "korean" ? random.Next(7, 11) : random.Next(7)], // their fonts have few accents
                7 or 8 when han => RareHan(random, covers),
                _ => everyday[random.Next(everyday.Length)],
            };
            text.Append(i > 0 && (spaced || kind is >= 3 and <= 6) ? " " : "").Append(word);
        }
        return text.Append(random.Next(10) == 0 ? "!" : "").ToString();
    }

    private static string Number(Random random)
    {
        int whole = random.Next(1, 1000), part = random.Next(100);
        return random.Next(7) switch
        {
            0 => string.Create(CultureInfo.InvariantCulture, $"{whole},{part:00} €"),
            1 => string.Create(CultureInfo.InvariantCulture, $"${whole}.{part:00}"),
            2 => string.Create(CultureInfo.InvariantCulture, $"{part} %"),
            3 => string.Create(CultureInfo.InvariantCulture, $"{random.Next(1990, 2031)}-{random.Next(1, 13):00}-{random.Next(1, 29):00}"),
            4 => string.Create(CultureInfo.InvariantCulture, $"{random.Next(1, 29):00}.{random.Next(1, 13):00}.{random.Next(1990, 2031)}"),
            5 => string.Create(CultureInfo.InvariantCulture, $"({whole})"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole * 10 + part}"),
        };
    }

    private static string RareHan(Random random, Func<int, bool> covers)
    {
        var text = new StringBuilder();
        while (text.Length < 2)
        {
            int point = random.Next(0x4E00, 0x9FA6);
            if (covers(point))
                text.Append((char)point);
        }
        return text.ToString();
    }

    /// <summary>A script, a tab, its words: Unicode CLDR 48 by way of ICU's display names.</summary>
    private static Dictionary<string, string[]> ReadEveryday()
    {
        using var reader = new StreamReader(typeof(ScriptTexts).Assembly.GetManifestResourceStream("words.tsv")!);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => parts[1].Split(' '));
    }
}
