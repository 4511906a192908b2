namespace Headgate.Silo.Storage;

/// <summary>A write would have made a second row where a constraint allows one.</summary>
/// <param name="constraint">The columns, such as <c>gateway.host, gateway.port</c>.</param>
/// <param name="inner">The database's error.</param>
internal sealed class UniqueConstraintException(string constraint, Exception inner)
    : Exception($"A row with the same {constraint} exists.", inner)
{
    public string Constraint { get; } = constraint;

    /// <summary>The one in <paramref name="exception"/> or its causes (a grain sees it wrapped), or null.</summary>
    public static UniqueConstraintException? In(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is UniqueConstraintException found)
            {
                return found;
            }
        }
        return null;
    }
}
