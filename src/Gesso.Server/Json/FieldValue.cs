using System.Globalization;
using System.Text.Json;

namespace Gesso.Server.Json;

/// <summary>
/// A value as it came, from JSON or from a form. Numbers and flags in quotes count: many clients build bodies from text boxes. JSON null is the same as absent.
/// </summary>
internal readonly struct FieldValue
{
    private readonly JsonElement _json;
    private readonly string? _form;

    public FieldValue(JsonElement json) => _json = json;

    public FieldValue(string form) => _form = form;

    public bool IsAbsent => _form is null && _json.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public JsonElement Json => _json;

    /// <summary>The form's text, when the value came in one.</summary>
    public string? Form => _form;

    /// <summary>How an error shows the value.</summary>
    public string Display
    {
        get
        {
            string text = _form ?? (_json.ValueKind == JsonValueKind.Undefined ? "nothing" : _json.GetRawText());
            return _form is null ? Shown.Cut(text) : Shown.Quote(text);
        }
    }

    public bool TryText(out string text)
    {
        text = _form ?? (_json.ValueKind == JsonValueKind.String ? _json.GetString()! : "");
        return _form is not null || _json.ValueKind == JsonValueKind.String;
    }

    public bool TryInteger(out long value)
    {
        if (_json.ValueKind == JsonValueKind.Number)
        {
            if (_json.TryGetInt64(out value))
                return true;
            // 1024.0 is what some languages write for a whole number
            bool whole = _json.TryGetDouble(out double real) && Math.Abs(real) <= 1L << 53 && Math.Floor(real) == real;
            value = whole ? (long)real : 0;
            return whole;
        }
        value = 0;
        return TryText(out string text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    public bool TryNumber(out double value)
    {
        value = 0;
        bool read = _json.ValueKind == JsonValueKind.Number
            ? _json.TryGetDouble(out value)
            : TryText(out string text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
        return read && double.IsFinite(value);
    }

    public bool TryFlag(out bool value)
    {
        value = _json.ValueKind == JsonValueKind.True;
        if (_json.ValueKind is JsonValueKind.True or JsonValueKind.False)
            return true;
        if (!TryText(out string text))
            return false;
        value = text is "1" || text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return value || text is "0" || text.Equals("false", StringComparison.OrdinalIgnoreCase);
    }
}
