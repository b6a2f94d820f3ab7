using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Gesso.Contracts.Errors;

namespace Gesso.Typography.Document;

/// <summary>
/// Text documents as JSON (docs/schemas/text-document.json). Reading is strict: an unknown member, a wrong type or a value out of its range is an error that
/// names the place and what was expected.
/// </summary>
public static partial class TextDocumentJson
{
    private const int MostBytes = 4 << 20;

    // people read it: their letters stay letters
    private static readonly TextDocumentContext s_writing = new(new JsonSerializerOptions(TextDocumentContext.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    public static string Write(TextDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return JsonSerializer.Serialize(DocumentWire.Of(document), s_writing.DocumentWire);
    }

    /// <exception cref="GessoException"><c>bad_text_document</c>, <c>text_document_too_new</c>.</exception>
    public static TextDocument Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > MostBytes)
            throw TextDocumentError.At("(all of it)", $"expected at most {MostBytes} characters, got {json.Length}");
        try
        {
            var wire = JsonSerializer.Deserialize(json, TextDocumentContext.Default.DocumentWire) ?? throw TextDocumentError.At("(all of it)", "it is null");
            if (wire.Version > TextDocument.CurrentVersion)
            {
                throw GessoException.Invalid(
                    "text_document_too_new", $"The text document has version {wire.Version}; this Gesso reads up to {TextDocument.CurrentVersion}: update it.");
            }
            var document = wire.ToDocument();
            document.Validate();
            return document;
        }
        catch (JsonException e)
        {
            throw TextDocumentError.At(Place(e), Problem(e), e);
        }
    }

    private static string Place(JsonException e)
    {
        string path = (e.Path ?? "$").TrimStart('$').TrimStart('.');
        string where = e.LineNumber is { } line ? $"line {line + 1}" : "";
        return path.Length == 0 ? where : $"{path} ({where})";
    }

    /// <summary>The serializer's messages name .NET types; people who write JSON know none.</summary>
    private static string Problem(JsonException e)
    {
        if (e.InnerException is InvalidOperationException inner && WrongToken().Match(inner.Message) is { Success: true } token)
            return $"expected a {token.Groups[2].Value}, got a {token.Groups[1].Value.ToLowerInvariant()}";
        string message = JsonPosition().Replace(e.Message, "");
        if (UnknownMember().Match(message) is { Success: true } unknown)
        {
            string[] known = TextDocumentContext.Members(unknown.Groups[2].Value);
            string instead = known.Length == 0 ? "" : $"; there are {string.Join(", ", known)}";
            return $"there is no member \"{unknown.Groups[1].Value}\"{instead}";
        }
        if (NullValue().Match(message) is { Success: true } empty)
            return $"{empty.Groups[1].Value} is null";
        if (WrongType().Match(message) is { Success: true } wrong)
            return $"expected {Kind(wrong.Groups[1].Value)}";
        if (MissingMember().Match(message) is { Success: true } missing)
            return $"{missing.Groups[1].Value.Replace("'", "", StringComparison.Ordinal)} is missing";
        return message.TrimEnd('.');
    }

    private static string Kind(string type) => type switch
    {
        _ when type.Contains("Double[]", StringComparison.Ordinal) || type.Contains("List`1[System.Double", StringComparison.Ordinal) => "a list of numbers",
        _ when type.Contains("[]", StringComparison.Ordinal) || type.Contains("List", StringComparison.Ordinal) => "a list",
        _ when type.Contains("Double", StringComparison.Ordinal) => "a number",
        _ when type.Contains("Int32", StringComparison.Ordinal) => "a whole number",
        _ when type.Contains("Boolean", StringComparison.Ordinal) => "true or false",
        _ when type.Contains("String", StringComparison.Ordinal) => "a string in quotation marks",
        _ => "an object in braces",
    };

    [GeneratedRegex(@"property '(.+?)' could not be mapped to any \.NET member contained in type '(?:.*\.)?(\w+)'")]
    private static partial Regex UnknownMember();

    [GeneratedRegex(@"'([^']+)' on type '[^']+' doesn't allow")]
    private static partial Regex NullValue();

    [GeneratedRegex(@"token type '(\w+)' as a (\w+)")]
    private static partial Regex WrongToken();

    [GeneratedRegex(@"could not be converted to (\S+?)\.?$")]
    private static partial Regex WrongType();

    [GeneratedRegex(@"missing required properties,? including(?: the following)?: (.+?)\.?$")]
    private static partial Regex MissingMember();

    [GeneratedRegex(@" Path: \$.*$| LineNumber: .*$")]
    private static partial Regex JsonPosition();
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    RespectNullableAnnotations = true,
    WriteIndented = true)]
[JsonSerializable(typeof(DocumentWire))]
internal sealed partial class TextDocumentContext : JsonSerializerContext
{
    /// <summary>The names of a wire type's members, for errors and for the test of the published schema.</summary>
    public static string[] Members(string type) => WireTypes().TryGetValue(type, out JsonTypeInfo? info) ? [.. info.Properties.Select(p => p.Name)] : [];

    public static IReadOnlyDictionary<string, JsonTypeInfo> WireTypes() => new JsonTypeInfo[]
    {
        Default.DocumentWire, Default.LayerWire, Default.RegionWire, Default.CylinderWire, Default.FontWire, Default.EffectWire, Default.StrokeWire,
        Default.ShadowWire, Default.EmbossWire, Default.NeonWire, Default.PrintWire,
    }.ToDictionary(info => info.Type.Name, StringComparer.Ordinal);
}
