namespace Gesso.Typography.Planning;

/// <summary>What kind of thing a prompt wants text on.</summary>
public enum PromptIntent
{
    /// <summary>Text stands free in the picture.</summary>
    Picture,

    Poster,

    /// <summary>A label, a package, a bottle, a can.</summary>
    Packaging,

    /// <summary>A sign in a scene: street, shop, door, billboard.</summary>
    Sign,

    /// <summary>A screen of a program or a site.</summary>
    Ui,

    Infographic,
}

/// <summary>Words of prompts that tell the intent.</summary>
internal static class IntentWords
{
    /// <summary>The first that matches wins: "poster of a street sign" is a poster, "label on a bottle" packaging.</summary>
    private static readonly (PromptIntent Intent, string[] Words)[] Known =
    [
        (PromptIntent.Infographic, ["infographic", "infografik", "infographie", "infografía", "инфографика", "信息图", "信息圖", "インフォグラフィック", "인포그래픽", "flowchart", "timeline chart"]),
        (PromptIntent.Ui, ["app screen", "ui", "user interface", "website", "web page", "landing page", "dashboard", "app mockup", "mobile app", "интерфейс", "界面", "アプリ画面"]),
        (PromptIntent.Poster,
        [
            "poster", "flyer", "leaflet", "banner", "book cover", "album cover", "magazine cover", "cover of", "advertisement", "invitation", "plakat", "affiche",
            "cartel", "плакат", "афиша", "海报", "海報", "ポスター", "포스터", "ملصق", "כרזה", "पोस्टर", "โปสเตอร์", "αφίσα",
        ]),
        (PromptIntent.Packaging,
        [
            "packaging", "package", "label", "bottle", "can of", "tin can", "drink can", "soda can", "beer can", "jar", "coffee mug", "carton", "wrapper", "etikett", "étiquette", "etiqueta", "этикетка", "упаковка",
            "包装", "包裝", "パッケージ", "ラベル", "라벨",
        ]),
        (PromptIntent.Sign,
        [
            "sign", "signboard", "billboard", "signpost", "storefront", "shopfront", "shop front", "nameplate", "plaque", "marquee", "blackboard", "chalkboard",
            "schild", "panneau", "letrero", "вывеска", "табличка", "招牌", "看板", "간판", "لافتة", "שלט",
        ]),
    ];

    /// <summary>Packages around an axis; "can" alone is a verb.</summary>
    private static readonly string[] Round =
    [
        "bottle", "can of", "tin can", "drink can", "soda can", "beer can", "a can", "the can", "jar", "mug", "tube", "flask", "flasche", "dose", "bouteille", "bocal", "botella", "lata",
        "бутылка", "банка", "瓶", "罐", "缶", "병", "캔", "زجاجة", "בקבוק",
    ];

    public static bool IsRound(string prompt) => Round.Any(word => Holds(prompt, word));

    public static PromptIntent Of(string prompt)
    {
        foreach (var (intent, words) in Known)
        {
            if (words.Any(w => Holds(prompt, w)))
                return intent;
        }
        return PromptIntent.Picture;
    }

    /// <summary>As a whole word where the script has such; a plural s is part of it.</summary>
    internal static bool Holds(string text, string word)
    {
        for (int at = text.IndexOf(word, StringComparison.OrdinalIgnoreCase); at >= 0; at = text.IndexOf(word, at + 1, StringComparison.OrdinalIgnoreCase))
        {
            int end = at + word.Length;
            if (end < text.Length && text[end] is 's')
                end++;
            bool spaced = word.All(c => c < 0x600);                                          // Han, Kana and their like run on
            if (!spaced || (at == 0 || !char.IsLetter(text[at - 1])) && (end >= text.Length || !char.IsLetter(text[end])))
                return true;
        }
        return false;
    }
}
