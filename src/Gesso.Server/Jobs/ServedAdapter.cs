namespace Gesso.Server.Jobs;

/// <summary>An adapter as callers meet it: what the workers there are found, put together.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Models">The models here that it fits.</param>
/// <param name="Family">What it was made for, as its header says.</param>
/// <param name="Trigger">The words that call up what it learned.</param>
/// <param name="Problem">Why it fits none.</param>
internal sealed record ServedAdapter(string Name, IReadOnlyList<string> Models, string? Family, string? Trigger, string? Problem);
