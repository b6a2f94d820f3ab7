using System.Text;
using System.Text.RegularExpressions;
using Gesso.Typography.Verification.Ocr;

namespace Gesso.Typography.Planning;

/// <summary>
/// From a prompt with quoted texts to what each is for and where it goes, and to the prompt that the network sees. Rules, no model: the same prompt always gives
/// the same plan, and whoever wants another one gives layers.
/// </summary>
public static partial class PromptPlanner
{
    /// <summary>How far before a quotation the word may stand that tells its role.</summary>
    private const int HintReach = 48;

    private const int ShortTitle = 60;

    private static readonly (PlannedRole Role, string[] Words)[] Hints =
    [
        (PlannedRole.Subtitle, ["subtitle", "sub-title", "subheading", "subheadline", "tagline", "slogan", "untertitel", "sous-titre", "подзаголовок", "副标题", "副標題"]),
        (PlannedRole.Title, ["title", "titled", "headline", "heading", "header", "überschrift", "titel", "titre", "título", "заголовок", "标题", "標題", "タイトル", "제목", "عنوان"]),
        (PlannedRole.Button, ["button", "buttons", "knopf", "bouton", "кнопка", "按钮", "ボタン"]),
        (PlannedRole.Price, ["price", "priced", "preis", "prix", "precio", "цена", "价格", "値段"]),
        (PlannedRole.Caption, ["caption", "footer", "footnote", "small text", "fine print", "date", "address", "подпись"]),
        (PlannedRole.Body, ["body", "paragraph", "text block", "description"]),
        (PlannedRole.Label, ["label", "labelled", "labeled", "brand", "logo"]),
        (PlannedRole.Sign, ["sign", "signs", "plaque", "billboard", "schild", "вывеска", "招牌", "看板"]),
    ];

    public static PromptPlan Plan(string prompt)
    {
        var quotes = QuotedText.Find(prompt);
        if (quotes.Count == 0)
            return new PromptPlan(IntentWords.Of(prompt), [], prompt);
        var intent = IntentWords.Of(Without(prompt, quotes));
        var roles = Roles(prompt, quotes, intent);
        int[] ranks = Ranks(roles);
        var frame = intent is PromptIntent.Sign or PromptIntent.Packaging ? PlannedFrame.Plate : PlannedFrame.Picture;
        var boxes = PlannedBoxes.For(intent, roles, ranks);
        List<PlannedText> texts = [];
        for (int i = 0; i < quotes.Count; i++)
            texts.Add(new PlannedText(quotes[i].Text, roles[i], ranks[i], OcrScriptProfile.Guess(quotes[i].Text), frame, boxes[i]));
        return new PromptPlan(intent, texts, ModelPrompt(prompt, quotes, intent), intent == PromptIntent.Packaging && IntentWords.IsRound(Without(prompt, quotes)));
    }

    private static PlannedRole[] Roles(string prompt, IReadOnlyList<QuotedText> quotes, PromptIntent intent)
    {
        var roles = new PlannedRole?[quotes.Count];
        for (int i = 0; i < quotes.Count; i++)
        {
            int from = Math.Max(i == 0 ? 0 : quotes[i - 1].End, quotes[i].Start - HintReach);
            roles[i] = Hinted(prompt[from..quotes[i].Start]);
        }
        bool titled = roles.Contains(PlannedRole.Title);
        for (int i = 0; i < roles.Length; i++)
        {
            if (roles[i] is not null)
                continue;
            string text = quotes[i].Text;
            if (Price().IsMatch(text))
                roles[i] = PlannedRole.Price;
            else if (intent == PromptIntent.Sign)
                roles[i] = PlannedRole.Sign;
            else if (!titled && text.Length <= ShortTitle)
                (roles[i], titled) = (PlannedRole.Title, true);
            else if (intent == PromptIntent.Packaging)
                roles[i] = PlannedRole.Label;
            else
                roles[i] = text.Length > ShortTitle ? PlannedRole.Body : roles.Contains(PlannedRole.Subtitle) || intent == PromptIntent.Ui ? PlannedRole.Label : PlannedRole.Subtitle;
        }
        return [.. roles.Select(r => r!.Value)];
    }

    /// <summary>The hint that stands nearest to the quotation.</summary>
    private static PlannedRole? Hinted(string before)
    {
        PlannedRole? role = null;
        int nearest = -1;
        foreach (var (candidate, words) in Hints)
        {
            foreach (string word in words.Where(w => IntentWords.Holds(before, w)))
            {
                int end = before.LastIndexOf(word, StringComparison.OrdinalIgnoreCase) + word.Length;
                if (end > nearest)
                    (role, nearest) = (candidate, end);
            }
        }
        return role;
    }

    /// <summary>Reading order: by role, then as they stand in the prompt.</summary>
    private static int[] Ranks(PlannedRole[] roles)
    {
        int[] order = [.. Enumerable.Range(0, roles.Length).OrderBy(i => Weight(roles[i])).ThenBy(i => i)];
        return [.. Enumerable.Range(0, roles.Length).Select(i => Array.IndexOf(order, i))];
    }

    private static int Weight(PlannedRole role) => role switch
    {
        PlannedRole.Title or PlannedRole.Sign => 0,
        PlannedRole.Subtitle => 1,
        PlannedRole.Price => 2,
        PlannedRole.Label => 3,
        PlannedRole.Body => 4,
        PlannedRole.Button => 5,
        _ => 6,
    };

    private static string Without(string prompt, IReadOnlyList<QuotedText> quotes)
    {
        var rest = new StringBuilder(prompt);
        foreach (var quote in quotes.Reverse())
            rest.Remove(quote.Start, quote.End - quote.Start).Insert(quote.Start, ' ');
        return rest.ToString();
    }

    /// <summary>Quotations go, and the words that only announced them; what the network must leave free is said at the end.</summary>
    private static string ModelPrompt(string prompt, IReadOnlyList<QuotedText> quotes, PromptIntent intent)
    {
        var rest = new StringBuilder(prompt);
        foreach (var quote in quotes.Reverse())
        {
            rest.Remove(quote.Start, quote.End - quote.Start).Insert(quote.Start, '\u0001');
        }
        string text = Announcement().Replace(rest.ToString(), " ");
        text = text.Replace('\u0001', ' ');
        text = Blanks().Replace(text, " ");
        text = DoubledMarks().Replace(text, "$1$2");
        text = DanglingEnd().Replace(text, "").Trim(' ', ',', ';', ':', '.', '，', '、', '。');
        string calm = intent switch
        {
            PromptIntent.Poster => "calm empty areas at the top and at the bottom",
            PromptIntent.Packaging => "the label is blank, one even colour",
            PromptIntent.Sign => "the sign is blank, one even colour",
            PromptIntent.Ui => "empty panels and blank buttons, even colours",
            PromptIntent.Infographic => "empty panels with even backgrounds",
            _ => "calm even surfaces",
        };
        return text.Length == 0 ? $"{calm}, no text, no letters" : $"{text}, {calm}, no text, no letters";
    }

    [GeneratedRegex(@"^\s*[$€£¥₽₹]\s?\d|\d\s?(?:[$€£¥₽₹]|EUR|USD|руб)\b?", RegexOptions.CultureInvariant)]
    private static partial Regex Price();

    /// <summary>"with the title", "that says", "and a subtitle reading", "which reads:" before a quotation that was taken out.</summary>
    [GeneratedRegex(
        @"(?:\s*[,;]?\s*\b(?:with|and|plus|showing|has|having|bearing|featuring))?(?:\s+(?:the|a|an|its|big|bold|large|small))*"
        + @"(?:\s+(?:text|words?|title|headline|heading|header|subtitle|tagline|slogan|caption|footer|lettering|inscription|writing|price|message|letters))*"
        + @"(?:\s+(?:that|which))?(?:\s+(?:says?|saying|reads?|reading|titled|entitled|labell?ed|written|spelling|spells|of))?(?:\s+on\s+it)?\s*:?\s*\u0001(?:\s*(?:and|,)\s*\u0001)*",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Announcement();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"\s*([,;:.])(?:\s*[,;:.])+|\s+([,;:.])", RegexOptions.CultureInvariant)]
    private static partial Regex DoubledMarks();

    [GeneratedRegex(@"(?:[\s,;:.]|\b(?:and|with|that|says|saying|reading|reads|the|a|an|titled|of)\b)+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex DanglingEnd();
}
