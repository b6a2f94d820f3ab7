using Gesso.Contracts.Errors;

namespace Gesso.Cli;

/// <summary>What the exit code of every command means.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The command line itself is wrong (unknown option, missing argument).</summary>
    public const int Usage = 1;

    /// <summary>A value or a file is wrong.</summary>
    public const int Invalid = 2;

    /// <summary>Understood, but not supported.</summary>
    public const int Refused = 3;

    /// <summary>Something is missing or full: runtime, device, disk, network.</summary>
    public const int Unavailable = 4;

    /// <summary>A defect of Gesso.</summary>
    public const int Bug = 5;

    /// <summary>Ctrl-C, as shells report it.</summary>
    public const int Cancelled = 130;

    public static int Of(ErrorKind kind) => kind switch
    {
        ErrorKind.InvalidRequest => Invalid,
        ErrorKind.Refused => Refused,
        ErrorKind.Busy or ErrorKind.Unavailable => Unavailable,
        _ => Bug,
    };
}
