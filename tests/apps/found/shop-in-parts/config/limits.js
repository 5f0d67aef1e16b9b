module.exports.forStage = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  return { items: stage === 'prod' ? 1000 : 10 };
};
