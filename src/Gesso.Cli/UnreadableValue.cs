using System.CommandLine;
using System.CommandLine.Parsing;

namespace Gesso.Cli;

/// <summary>An option whose value is not what its type wants, in words for people: the parser's own message names .NET types.</summary>
internal static class UnreadableValue
{
    /// <summary>A sentence for the first such option; null: there is none.</summary>
    public static string? Of(ParseResult parsed)
    {
        foreach (var error in parsed.Errors)
        {
            if (error.SymbolResult is OptionResult { Tokens: [var token] } given && error.Message.Contains("as expected type", StringComparison.Ordinal))
                return $"{given.Option.Name}: expected {Expected(given.Option.ValueType)}, got \"{token.Value}\".";
        }
        return null;
    }

    private static string Expected(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
            return string.Join(", ", Enum.GetNames(type)).ToLowerInvariant();
        return type == typeof(int) || type == typeof(long) ? "a whole number" : type == typeof(double) || type == typeof(float) ? "a number" : "another value";
    }
}
