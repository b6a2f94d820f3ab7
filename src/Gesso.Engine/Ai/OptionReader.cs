using System.Globalization;
using System.Text.Json;
using Gesso.Contracts.Errors;
using Gesso.Contracts.Images;
using Gesso.Diffusion.Imaging;
using Gesso.Engine.Library;
using Microsoft.Extensions.AI;

namespace Gesso.Engine.Ai;

/// <summary>
/// Reads values of <c>AdditionalProperties</c>, whose keys have no case and whose values are of any type: numbers of every width, and JSON where options
/// came over a wire.
/// </summary>
internal sealed class OptionReader(IReadOnlyDictionary<string, object?> values)
{
    /// <exception cref="GessoException"><c>unknown_option</c> with the keys that there are.</exception>
    public void RefuseOthersThan(IReadOnlyList<string> keys)
    {
        if (values.Keys.FirstOrDefault(k => !keys.Contains(k, StringComparer.OrdinalIgnoreCase)) is { } unknown)
            throw GessoException.Invalid("unknown_option", $"There is no option \"{unknown}\"; known are {string.Join(", ", keys)}.");
    }

    public double? Number(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        JsonElement { ValueKind: JsonValueKind.Number } json => json.GetDouble(),
        sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal =>
            Convert.ToDouble(values[key], CultureInfo.InvariantCulture),
        var other => throw Wrong(key, "a number", other),
    };

    public long? Whole(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        JsonElement json when json.ValueKind == JsonValueKind.Number && json.TryGetInt64(out long number) => number,
        sbyte or byte or short or ushort or int or uint or long => Convert.ToInt64(values[key], CultureInfo.InvariantCulture),
        var other => throw Wrong(key, "a whole number", other),
    };

    public int? Count(string key) => Whole(key) is not { } number ? null
        : number is >= int.MinValue and <= int.MaxValue ? (int)number : throw Wrong(key, "a whole number of at most 32 bits", number);

    public string? Text(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        string text => text,
        JsonElement { ValueKind: JsonValueKind.String } json => json.GetString(),
        var other => throw Wrong(key, "text", other),
    };

    public RasterImage? Picture(string key) => values.GetValueOrDefault(key) switch
    {
        null => null,
        RasterImage picture => picture,
        byte[] bytes => ImageFiles.Decode(bytes, key),
        DataContent content => ImageFiles.Decode(content.Data.ToArray(), key),
        var other => throw Wrong(key, "a picture (DataContent, bytes of a PNG, JPEG or WebP file, or RasterImage)", other),
    };

    public IReadOnlyList<ImageAdapter>? Adapters(string key)
    {
        return values.GetValueOrDefault(key) is { } value ? Read(value) : null;

        IReadOnlyList<ImageAdapter> Read(object value) => value switch
        {
            JsonElement { ValueKind: JsonValueKind.String } json => Read(json.GetString()!),
            JsonElement { ValueKind: JsonValueKind.Array } json => [.. json.EnumerateArray().SelectMany(item => item.ValueKind == JsonValueKind.Object ? [One(item)] : Read(item))],
            string text => [.. AdapterText.ParseList(text).Select(a => new ImageAdapter(AdapterLibrary.Default.Resolve(a.Name), a.Weight))],
            IEnumerable<ImageAdapter> adapters => [.. adapters],
            IEnumerable<string> texts => [.. texts.Select(AdapterLibrary.Default.Parse)],
            _ => throw Wrong(key, "adapters such as \"brand:0.8, ink\", or a list of ImageAdapter", value),
        };

        ImageAdapter One(JsonElement json) => json.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String
            && (!json.TryGetProperty("weight", out var weight) || weight.ValueKind == JsonValueKind.Number)
            ? new ImageAdapter(AdapterLibrary.Default.Resolve(name.GetString()!), weight.ValueKind == JsonValueKind.Number ? weight.GetDouble() : 1)
            : throw Wrong(key, "objects with name and weight", json);
    }

    private static GessoException Wrong(string key, string expected, object got)
    {
        string shown = got is string or JsonElement or IFormattable ? $"\"{got}\"" : got.GetType().Name;
        return GessoException.Invalid("bad_option", $"{key}: expected {expected}, got {shown}.");
    }
}
