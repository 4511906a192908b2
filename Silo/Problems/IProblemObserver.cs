using Headgate.Protocol.Problems;

namespace Headgate.Silo.Problems;

/// <summary>Hears of every refusal on a request, to count it.</summary>
internal interface IProblemObserver
{
    /// <summary>A refusal is about to be answered.</summary>
    void OnProblem(ProblemAnswer problem);
}
