using Gesso.Contracts.Errors;

namespace Gesso.Testing;

/// <summary>Errors that users see: the code is for programs, the message must say what was expected, what came and what to do.</summary>
public static class Refusal
{
    /// <summary>The call must fail with this code; gives the message.</summary>
    public static string Of(string code, Action call) => Of(code, ErrorKind.InvalidRequest, call);

    /// <summary>The call must fail with this code and kind; gives the message.</summary>
    public static string Of(string code, ErrorKind kind, Action call)
    {
        var error = Xunit.Assert.ThrowsAny<GessoException>(call);
        Xunit.Assert.True(error.Code == code && error.Kind == kind, $"expected {kind} {code}, got {error.Kind} {error.Code}: {error.Message}");
        return error.Message;
    }
}
