namespace Gesso.Cli.Rendering;

/// <summary>Sizes, speeds and times in the few characters a progress line has.</summary>
internal static class Quantities
{
    /// <summary>Decimal units, as the hub and disks count: <c>23.8 GB</c>.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e3 => $"{bytes:0} B",
        < 1e6 => $"{bytes / 1e3:0} kB",
        < 1e9 => $"{bytes / 1e6:0} MB",
        < 1e12 => $"{bytes / 1e9:0.0} GB",
        _ => $"{bytes / 1e12:0.00} TB",
    };

    /// <summary><c>1.2 step/s</c>, or <c>3.4 s/step</c> where a step takes longer than a second.</summary>
    public static string StepRate(double perSecond) => perSecond switch
    {
        >= 100 => $"{perSecond:0} step/s",
        >= 1 => $"{perSecond:0.0} step/s",
        _ => $"{Math.Min(1 / perSecond, 9999):0.0} s/step",
    };

    /// <summary><c>0:05</c>, <c>12:30</c>, <c>1:02:03</c>; a started second counts.</summary>
    public static string Duration(TimeSpan time)
    {
        const int mostHours = 99;
        var whole = TimeSpan.FromSeconds(Math.Ceiling(Math.Max(0, time.TotalSeconds)));
        if (whole.TotalHours > mostHours)
            return $">{mostHours} h";
        return whole.TotalHours >= 1 ? $"{(int)whole.TotalHours}:{whole.Minutes:00}:{whole.Seconds:00}" : $"{whole.Minutes}:{whole.Seconds:00}";
    }
}
