using System.Globalization;
using System.Text.RegularExpressions;
using Gesso.Platform.Jobs;
using Gesso.Server.Errors;
using Gesso.Server.Jobs;
using Gesso.Server.Json;

namespace Gesso.Server.Automatic1111;

/// <summary>
/// Adapters as AUTOMATIC1111 has them, in the prompt: <c>&lt;lora:NAME:WEIGHT&gt;</c> (modules/extra_networks.py; extra_networks_lora.py). They are taken out of
/// the words, and put back where this dialect shows the prompt.
/// </summary>
internal static partial class SdPrompt
{
    private const string Field = "prompt";

    /// <exception cref="ApiException">400 <c>invalid_value</c>: a tag without a name, or with other weights than one.</exception>
    public static (string Words, IReadOnlyList<AdapterUse>? Adapters) Read(string prompt)
    {
        List<AdapterUse> adapters = [];
        string words = Tag().Replace(prompt, tag =>
        {
            adapters.Add(Parse(tag.Value.Trim(), tag.Groups[1].Value.Split(':')));
            return "";
        });
        return adapters.Count == 0 ? (prompt, null) : (words.Trim(), adapters);
    }

    /// <summary>The prompt with its tags, as it draws the same here again.</summary>
    public static string Write(ImageJob work)
    {
        var tags = work.Adapters.Select(a => string.Create(CultureInfo.InvariantCulture, $"<lora:{a.Name}:{a.Weight}>"));
        return string.Join(' ', tags.Prepend(work.Prompt).Where(part => part.Length > 0));
    }

    private static AdapterUse Parse(string tag, string[] parts)
    {
        double weight = 1;
        bool isOne = parts.Length <= 2 && (parts.Length < 2 || double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out weight));
        if (!isOne)
            throw ApiException.Invalid(Field, "invalid_value", $"{Field}: expected <lora:NAME:WEIGHT> with one weight for all networks, got {Shown.Quote(tag)}.");
        return AdapterNames.Use(Field, parts[0], weight);
    }

    [GeneratedRegex(@"[ \t]?<(?:lora|lyco):([^<>]*)>")]
    private static partial Regex Tag();
}
