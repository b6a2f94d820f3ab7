namespace Gesso.Contracts.Errors;

/// <summary>What a caller can do about an error; every error of Gesso is one of these five (HOUSE habit 14).</summary>
public enum ErrorKind
{
    /// <summary>The request or a file is wrong: fix it and call again.</summary>
    InvalidRequest,

    /// <summary>Understood but not done here (unsupported model, forbidden content): choose another.</summary>
    Refused,

    /// <summary>No capacity now: retry later.</summary>
    Busy,

    /// <summary>Something needed is missing (library, device, disk space): mend it or go elsewhere.</summary>
    Unavailable,

    /// <summary>A defect of Gesso.</summary>
    Bug,
}

/// <summary>
/// The one exception type that reaches users. The message says what was expected, what came and what to do;
/// <see cref="Code"/> is stable and machine-readable (for example <c>file_truncated</c>).
/// </summary>
public class GessoException : Exception
{
    public GessoException(ErrorKind kind, string code, string message, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
        Code = code;
    }

    public ErrorKind Kind { get; }

    public string Code { get; }

    public static GessoException Invalid(string code, string message, Exception? inner = null) => new(ErrorKind.InvalidRequest, code, message, inner);

    public static GessoException Refused(string code, string message, Exception? inner = null) => new(ErrorKind.Refused, code, message, inner);

    public static GessoException Unavailable(string code, string message, Exception? inner = null) => new(ErrorKind.Unavailable, code, message, inner);

    public static GessoException Bug(string code, string message, Exception? inner = null) => new(ErrorKind.Bug, code, message, inner);
}
