using System.Text.Json;
using Gesso.Contracts.Images;
using Gesso.Server.Errors;
using Gesso.Server.Hosting;

namespace Gesso.Server.Json;

/// <summary>
/// The values of a request by name, from a JSON object or a form. Every refusal names the field with its path, what was expected and what came.
/// </summary>
internal sealed class RequestFields
{
    private const string Invalid = "invalid_value";
    private const string WrongType = "invalid_type";

    private readonly FieldSet _set;
    private readonly string _prefix;
    private readonly JsonElement _json;
    private readonly IReadOnlyDictionary<string, string>? _form;

    private RequestFields(FieldSet set, string prefix, JsonElement json, IReadOnlyDictionary<string, string>? form)
    {
        _set = set;
        _prefix = prefix;
        _json = json;
        _form = form;
    }

    /// <summary>Names that came and that the set does not know, with their path.</summary>
    public IEnumerable<string> Unknown => (_form?.Keys ?? _json.EnumerateObject().Select(p => p.Name)).Where(n => !_set.Knows(n)).Select(n => _prefix + n);

    /// <summary>The body of a request in JSON.</summary>
    /// <exception cref="ApiException">400, 413, 415.</exception>
    public static async Task<RequestFields> ReadAsync(HttpContext context, FieldSet set, LimitOptions limits) =>
        FromJson(set, await JsonBody.ReadAsync(context.Request, limits.MaxBodyBytes, context.RequestAborted).ConfigureAwait(false));

    /// <exception cref="ApiException">400: not an object.</exception>
    public static RequestFields FromJson(FieldSet set, JsonElement json, string prefix = "") => json.ValueKind == JsonValueKind.Object
        ? new RequestFields(set, prefix, json, null)
        : throw ApiException.Invalid(prefix.Length == 0 ? null : prefix.TrimEnd('.'), WrongType,
            $"{(prefix.Length == 0 ? "body" : prefix.TrimEnd('.'))}: expected an object with {string.Join(", ", set.Names)}, got {new FieldValue(json).Display}.");

    /// <summary>Of the query string; empty values count as absent.</summary>
    public static RequestFields FromQuery(FieldSet set, IQueryCollection query)
    {
        Dictionary<string, string> values = [];
        foreach (var (name, value) in query)
        {
            if (value.ToString() is { Length: > 0 } text)
                values[name] = text;
        }
        return new RequestFields(set, "", default, values);
    }

    public static RequestFields FromForm(FieldSet set, IReadOnlyDictionary<string, string> form) => new(set, "", default, form);

    /// <summary>For objects in which a misspelt name would silently change the picture.</summary>
    /// <exception cref="ApiException">400 <c>unknown_parameter</c> naming those there are.</exception>
    public RequestFields RefuseUnknown()
    {
        if (Unknown.FirstOrDefault() is { } name)
        {
            string known = string.Join(", ", _set.Names.Select(n => _prefix + n));
            throw ApiException.Invalid(name, "unknown_parameter", $"{name}: there is no such parameter; there are {known}.");
        }
        return this;
    }

    /// <summary>What stands before the names of these fields: nothing, or <c>gesso.</c>.</summary>
    public string Prefix => _prefix;

    public bool Has(Field field) => !Get(field).IsAbsent;

    public string PathOf(Field field) => _prefix + field.Name;

    public string? Read(TextField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<string>(field);
        if (!value.TryText(out string text))
            throw Refuse(field, value, WrongType);
        if (text.Length > field.MaxLength)
        {
            throw ApiException.Invalid(
                PathOf(field), "string_above_max_length", $"{PathOf(field)}: expected at most {field.MaxLength} characters, got {text.Length}.");
        }
        return text;
    }

    public string? Read(ChoiceField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<string>(field);
        if (!value.TryText(out string text))
            throw Refuse(field, value, WrongType);
        return field.Values.Contains(text) ? text : throw Refuse(field, value, Invalid);
    }

    public long? Read(IntegerField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<long?>(field);
        if (!value.TryInteger(out long number))
            throw Refuse(field, value, WrongType);
        return number >= field.Low && number <= field.High ? number : throw Refuse(field, value, Invalid);
    }

    public double? Read(NumberField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<double?>(field);
        if (!value.TryNumber(out double number))
            throw Refuse(field, value, WrongType);
        bool fits = number <= field.High && (field.AboveLow ? number > field.Low : number >= field.Low);
        return fits ? number : throw Refuse(field, value, Invalid);
    }

    public bool? Read(FlagField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<bool?>(field);
        return value.TryFlag(out bool flag) ? flag : throw Refuse(field, value, WrongType);
    }

    /// <summary>Null: absent, or auto.</summary>
    public ImageSize? Read(SizeField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<ImageSize?>(field);
        if (!value.TryText(out string text))
            throw Refuse(field, value, WrongType);
        if (text is "auto" or "")
            return null;
        return ImageSize.TryParse(text, out var size) ? size : throw Refuse(field, value, Invalid);
    }

    /// <summary>A reference to a picture in JSON: plain text, or an object that the caller reads.</summary>
    public FieldValue Read(PictureField field) => Get(field);

    /// <summary>The caller tells the three kinds apart.</summary>
    public FieldValue Read(TextLayersField field) => Get(field);

    /// <summary>Null: absent. In a form the object is JSON text, or spread over bracketed names such as <c>gesso[seed]</c>.</summary>
    public RequestFields? Read(ObjectField field)
    {
        var value = Get(field);
        string path = PathOf(field);
        if (_form is not null)
        {
            var spread = Spread(_form, field.Name);
            if (spread.Count > 0)
                return new RequestFields(field.Members, path + ".", default, spread);
        }
        if (value.IsAbsent)
            return Absent<RequestFields>(field);
        if (value.Form is { } text)
        {
            if (text.Length == 0)
                return null;
            return FromJson(field.Members, JsonBody.Parse(text, path), path + ".");
        }
        return FromJson(field.Members, value.Json, path + ".");
    }

    /// <summary>Empty: absent.</summary>
    public IReadOnlyList<RequestFields> Read(ListField field) =>
        [.. Items(field).Select((item, i) => FromJson(field.Items, item, $"{PathOf(field)}[{i}].").RefuseUnknown())];

    /// <summary>Empty: absent. Text is a list separated by commas; in a form, JSON is told by its bracket.</summary>
    public IReadOnlyList<ShortItem> Read(ShortListField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<IReadOnlyList<ShortItem>>(field) ?? [];
        string path = PathOf(field);
        bool isText = value.TryText(out string text);
        if (isText && !(value.Form is not null && text.StartsWith('[')))
            return [.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(t => new ShortItem(path, t, null))];
        var json = isText ? JsonBody.Parse(text, path) : value.Json;
        if (json.ValueKind != JsonValueKind.Array)
            throw Refuse(field, value, WrongType);
        return [.. json.EnumerateArray().Select((item, i) => item.ValueKind == JsonValueKind.String
            ? new ShortItem($"{path}[{i}]", item.GetString(), null)
            : new ShortItem($"{path}[{i}]", null, FromJson(field.Items, item, $"{path}[{i}].").RefuseUnknown()))];
    }

    private IEnumerable<JsonElement> Items(ListField field)
    {
        var value = Get(field);
        if (value.IsAbsent)
            return Absent<IEnumerable<JsonElement>>(field) ?? [];
        var json = value.Form is { } text ? JsonBody.Parse(text, PathOf(field)) : value.Json;
        return json.ValueKind == JsonValueKind.Array ? json.EnumerateArray() : throw Refuse(field, value, WrongType);
    }

    public ApiException Refuse(Field field, FieldValue value, string code) =>
        ApiException.Invalid(PathOf(field), code, $"{PathOf(field)}: expected {field.Expected}, got {value.Display}.");

    private static Dictionary<string, string> Spread(IReadOnlyDictionary<string, string> form, string name)
    {
        Dictionary<string, string> members = [];
        foreach (var (key, value) in form)
        {
            if (key.Length > name.Length + 2 && key.StartsWith(name, StringComparison.Ordinal) && key[name.Length] == '[' && key[^1] == ']')
                members[key[(name.Length + 1)..^1]] = value;
        }
        return members;
    }

    private FieldValue Get(Field field)
    {
        if (_form is not null)
            return _form.TryGetValue(field.Name, out string? text) && !(text.Length == 0 && field is not TextField) ? new FieldValue(text) : default;
        return _json.TryGetProperty(field.Name, out var json) ? new FieldValue(json) : default;
    }

    private T? Absent<T>(Field field) => field.Required
        ? throw ApiException.Invalid(PathOf(field), "missing_required_parameter", $"{PathOf(field)}: expected {field.Expected}, got nothing.")
        : default;
}
