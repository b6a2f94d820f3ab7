using System.Runtime.InteropServices;

namespace Gesso.Torch.Native;

/// <summary>
/// Environment variables that native libraries read when they are loaded. <see cref="Environment.SetEnvironmentVariable(string, string)"/> changes the
/// runtime's own copy only, which native code does not see.
/// </summary>
internal static partial class NativeVariable
{
    /// <summary>Sets a variable that the user has left alone. Linux only; call it before the library that reads it is loaded.</summary>
    /// <returns>True when the variable has this or the user's value now.</returns>
    public static bool SetIfAbsent(string name, string value) => SetEnv(name, value, overwrite: 0) == 0;

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
