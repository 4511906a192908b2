namespace Headgate.Portal.Tests;

/// <summary>Takes every expression of five fields for one that is due at the same time each day.</summary>
internal sealed class Crons : ICronReader
{
    public DateTimeOffset? Next(string expression, DateTimeOffset after, out string? refusal)
    {
        refusal = expression.Split(' ').Length == 5 ? null : $"'{expression}' cannot be a schedule: it has not five fields.";
        return refusal is null ? after + TimeSpan.FromDays(1) : null;
    }
}
